import Foundation

extension Claim {
  /// The last claim of a token's chain; `nil` where there is none.
  /// - Throws: ``FileError`` where the chain cannot be read to its end.
  static func last(runDirectory: String, token: String) throws -> Claim? {
    var found: Claim?
    while true {
      let generation = found.map { $0.generation + 1 } ?? 0
      let path = path(runDirectory: runDirectory, token: token, generation: generation)
      let data: Data
      do { data = try readFile(path) } catch let error as FileError
        where error.code == ENOENT || error.code == ENOTDIR
      { return found }
      // A node that lost its power may leave it empty: somebody started, and nobody can tell who.
      let known = Claim(String(decoding: data, as: UTF8.self))
      guard var claim = known ?? Claim("kind=\(Kind.claim.rawValue)\n") else { return found }
      claim.generation = generation
      found = claim
    }
  }

  /// See ``revoke(runDirectory:token:sequel:)``.
  package static func revoke(
    runDirectory: String, token: String, sequel: Sequel? = nil, calls: LinkCalls
  ) throws -> Claim? {
    try takeBack(runDirectory: runDirectory, token: token, generation: 0, sequel, calls)
  }

  /// See ``supersede(runDirectory:token:after:)``.
  package static func supersede(
    runDirectory: String, token: String, after ended: Claim, sequel: Sequel? = nil,
    calls: LinkCalls
  ) throws -> Claim? {
    if ended.kind == .revoked { return nil }
    return try takeBack(
      runDirectory: runDirectory, token: token, generation: ended.generation + 1, sequel, calls)
  }

  /// Competes for one name of a token's chain.
  private static func takeBack(
    runDirectory: String, token: String, generation: Int, _ sequel: Sequel?, _ calls: LinkCalls
  ) throws -> Claim? {
    let folder = "\(runDirectory)/\(RunFile.claims)"
    try makeDirectory(folder)
    let temporary = "\(folder)/.\(token).\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let text =
      "kind=\(Kind.revoked.rawValue)\ntoken=\(token)\ntime=\(Int(Date().timeIntervalSince1970))\n"
      + (sequel.map { "sequel=\($0.rawValue)\n" } ?? "")
    // Its name is to go again, and need not be on disk.
    try writeFlushed(Data(text.utf8), to: temporary)
    defer { unlink(temporary) }
    let name = path(runDirectory: runDirectory, token: token, generation: generation)
    if try calls.win(name, with: temporary) {
      try syncDirectory(folder)
      return nil
    }
    guard let claim = try last(runDirectory: runDirectory, token: token),
      claim.generation >= generation
    else { throw FileError("read the claim", name, code: EIO) }
    return claim.kind == .revoked ? nil : claim
  }
}

/// The system calls by which a name is competed for. Tests replace them by some that answer as a network
/// file system does, which repeats requests whose replies were lost and remembers what is no longer so.
package struct LinkCalls: Sendable {
  /// link(2): 0 or the system's number for the reason.
  package var link: @Sendable (_ existing: String, _ name: String) -> Int32
  /// stat(2): the file's facts or the system's number for the reason.
  package var status: @Sendable (_ path: String) -> Result<FileIdentity, Refusal>
  /// Waits a little before the question is asked again.
  package var pause: @Sendable () -> Void

  /// Which file it is, on this machine.
  package struct FileIdentity: Equatable, Sendable {
    package var device: UInt64
    package var inode: UInt64

    package init(device: UInt64, inode: UInt64) {
      self.device = device
      self.inode = inode
    }
  }

  /// The system's number for the reason.
  package struct Refusal: Error, Equatable {
    package var code: Int32

    package init(code: Int32) { self.code = code }
  }

  /// Replaced calls.
  package init(
    link: @escaping @Sendable (String, String) -> Int32,
    status: @escaping @Sendable (String) -> Result<FileIdentity, Refusal>,
    pause: @escaping @Sendable () -> Void
  ) {
    self.link = link
    self.status = status
    self.pause = pause
  }

  /// The system's own.
  package static let system = LinkCalls(
    link: { Foundation.link($0, $1) == 0 ? 0 : errno },
    status: { path in
      var facts = stat()
      guard stat(path, &facts) == 0 else { return .failure(Refusal(code: errno)) }
      return .success(
        FileIdentity(device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino)))
    },
    pause: { usleep(100_000) })

  /// Answers of a file system that has refused, and will again.
  private static let definite: Set = [
    EPERM, EACCES, EROFS, ENOSPC, EDQUOT, EMLINK, ENAMETOOLONG, EOPNOTSUPP, EXDEV,
  ]
  /// How often a link is tried before the answer is taken to be that nobody can know.
  private static let attempts = 10

  /// Makes a name of a file, which of many only one can.
  /// - Returns: whether this one did: the file itself is asked, not the call, whose request may have been
  ///   made twice.
  /// - Throws: ``FileError`` where neither can be known.
  func win(_ name: String, with file: String) throws -> Bool {
    var answer: Int32 = 0
    for attempt in 0..<Self.attempts {
      // Opening the folder makes a network file system look again.
      if attempt > 0 {
        pause()
        _ = try? namesInFolder((name as NSString).deletingLastPathComponent)
      }
      answer = link(file, name)
      if answer == 0 { return true }
      if case .success(let mine) = status(file), case .success(let there) = status(name) {
        return mine == there
      }
      if Self.definite.contains(answer) { break }
    }
    throw FileError("claim", name, code: answer)
  }
}
