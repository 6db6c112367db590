import Foundation
import Registry
import RunContract

/// What lies in the project's folders and not in its registry, because that is an older copy or was made
/// anew: no new run may get the name, and with it the directory, of one that was there.
extension Project {
  /// The number of an experiment's next run.
  package func nextRunNumber(of experiment: String, _ registry: Registry) throws -> Int {
    max(
      try registry.nextRunNumber(experiment: experiment),
      try takenNumber(of: experiment, registry) + 1)
  }

  /// The highest number that a run of an experiment has by its directory or, where its job still waits and
  /// has made none, by a submission that the registry does not know.
  public func takenNumber(of experiment: String, _ registry: Registry) throws -> Int {
    var highest = 0
    let start = Array("\(experiment)-".utf8)
    try visitNames(inFolder: runs(of: experiment)) { name in
      highest = max(highest, runNumber(name, after: start) ?? 0)
    }
    for token in try unknownSubmissions(of: experiment, registry) {
      let numbers = try runNames(of: token).compactMap { runNumber($0.utf8, after: start) }
      highest = max(highest, numbers.max() ?? 0)
    }
    return highest
  }

  /// Whether there are submissions of an experiment on disk that the registry does not know.
  public func hasUnknownSubmissions(of experiment: String, _ registry: Registry) throws -> Bool {
    try !unknownSubmissions(of: experiment, registry).isEmpty
  }

  /// The tokens of submission directories that the registry does not know, of one experiment or of all.
  package func unknownSubmissions(
    of experiment: String? = nil, _ registry: Registry
  ) throws -> [String] {
    var tokens: [String] = []
    let start = experiment.map { Array("\($0).".utf8) }
    try visitNames(inFolder: submissionsFolder) { name in
      if let start, name.count != start.count + Self.randomLetters || !name.starts(with: start) {
        return
      }
      if isToken(name) { tokens.append(String(decoding: name, as: UTF8.self)) }
    }
    return try registry.unknownTokens(among: tokens)
  }

  /// The names of the runs in a submission's manifest; none where it has none.
  func runNames(of token: String) throws -> [Substring] {
    let path = "\(submission(token))/\(PreparedSubmission.manifestFile)"
    let data: Data
    do { data = try readFile(path) } catch let error as FileError
      where error.code == ENOENT || error.code == ENOTDIR
    { return [] }
    return data.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: "\t"), maxSplits: 2)
      return fields.count > 1 ? Substring(decoding: fields[1], as: UTF8.self) : nil
    }
  }

  private static let randomLetters = 12

  private func isToken(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    let end = name.suffix(Self.randomLetters + 1)
    return name.count > end.count && end.first == UInt8(ascii: ".")
      && end.dropFirst().allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
  }
}

/// The number at the end of a run's name; `nil` for what orchestrate names no run.
private func runNumber(_ name: some Collection<UInt8>, after start: [UInt8]) -> Int? {
  guard name.starts(with: start) else { return nil }
  let digits = name.dropFirst(start.count)
  // Nobody has so many runs; a folder that somebody else named so is not counted on from.
  guard digits.count <= 12, digits.first != UInt8(ascii: "0"),
    digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
  else { return nil }
  return Int(String(decoding: digits, as: UTF8.self))
}
