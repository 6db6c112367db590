import RunContract

/// One long option of sbatch.
public struct SbatchOption: Sendable {
  /// What follows the option.
  public enum Value: Sendable, Equatable {
    /// Nothing: `--contiguous`.
    case flag
    /// Nothing or a text: `--exclusive`, `--exclusive=user`.
    case optionalText
    /// A text that is not empty.
    case text
    /// A name or a list of names: not empty, no white space.
    case name
    /// A whole number above zero.
    case count
    /// A number of nodes, `4` or a range `2-4`.
    case nodeCount
    /// A time limit; see ``slurmSeconds(_:)``.
    case time
    /// An amount of memory, `4G`.
    case memory
    /// A number of GPUs, `2` or with their type `a100:2`.
    case gpus
  }

  /// The name without its dashes.
  public let name: String
  /// What follows it.
  public let value: Value
  /// Why a user may not set it, as in "the token is the job's name"; `nil` where they may.
  public let ownedReason: String?

  init(_ name: String, _ value: Value = .text, owned reason: String? = nil) {
    self.name = name
    self.value = value
    self.ownedReason = reason
  }

  /// The option of this name, whoever may set it; `nil` where sbatch has none.
  public static func named(_ name: String) -> SbatchOption? { byName[name] }

  /// The options that a user may set, sorted by name.
  public static var settable: [SbatchOption] {
    sbatchOptions.filter { $0.ownedReason == nil }.sorted { $0.name < $1.name }
  }

  private static let byName = Dictionary(
    sbatchOptions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// What the value ought to be instead, or `nil` where it is right.
  /// - Parameter text: the value, `nil` where the option stands alone.
  public func complaint(about text: String?) -> String? {
    switch (value, text) {
    case (.flag, nil), (.optionalText, nil): return nil
    case (.flag, .some): return "takes no value"
    case (_, nil): return "needs a value: \(expectation)"
    case (_, .some(let text)):
      if let character = forbiddenCharacter(in: text) { return "holds \(character)" }
      // "--name=" is part of the argument that must fit Slurm's buffer.
      if text.utf8.count + name.utf8.count + 3 > longestSbatchArgument {
        return "is longer than the \(longestSbatchArgument) bytes that Slurm reads"
      }
      return isFit(text) ? nil : "must be \(expectation), not \"\(text)\""
    }
  }

  private func isFit(_ text: String) -> Bool {
    switch value {
    case .flag: false
    case .optionalText, .text: !text.isEmpty
    case .name: !text.isEmpty && !text.contains(where: \.isWhitespace)
    case .count: isPositiveNumber(text)
    case .nodeCount:
      text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        .allSatisfy { isPositiveNumber($0) }
    case .time: slurmSeconds(text) != nil
    case .memory:
      isPositiveNumber(
        "KkMmGgTt".contains(text.last ?? " ") ? text.dropLast() : text[...], limit: 12)
    case .gpus: isGPUCount(text)
    }
  }

  private func isGPUCount(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let count = parts.last, isPositiveNumber(count) else { return false }
    return parts.count == 1 || isName(String(parts[0]), signs: "._-")
  }

  private var expectation: String {
    switch value {
    case .flag: "nothing"
    case .optionalText, .text: "a text"
    case .name: "a name without spaces"
    case .count: "a whole number above 0"
    case .nodeCount: "a number of nodes such as 4 or 2-4"
    case .time: "a time such as 02:00:00, 1-12 (days-hours) or 90 (minutes)"
    case .memory: "an amount of memory such as 4G or 512M"
    case .gpus: "a number of GPUs such as 2 or a100:2"
    }
  }
}

/// The seconds of a time limit in one of Slurm's forms: minutes, minutes:seconds,
/// hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds; infinity for
/// `UNLIMITED`. `nil` for anything else, and for zero, which Slurm takes for no limit.
public func slurmSeconds(_ text: String) -> Double? {
  if ["UNLIMITED", "INFINITE"].contains(text.uppercased()) { return .infinity }
  let daysAndRest = text.split(separator: "-", omittingEmptySubsequences: false)
  guard daysAndRest.count <= 2, let rest = daysAndRest.last else { return nil }
  var parts: [Double] = []
  for part in rest.split(separator: ":", omittingEmptySubsequences: false) {
    guard let number = digits(part) else { return nil }
    parts.append(number)
  }
  let seconds: Double
  if daysAndRest.count == 2 {
    guard let days = digits(daysAndRest[0]), parts.count <= 3 else { return nil }
    seconds = zip(parts, [3600, 60, 1]).reduce(days * 86400) { $0 + $1.0 * $1.1 }
  } else {
    switch parts.count {
    case 1: seconds = parts[0] * 60
    case 2: seconds = parts[0] * 60 + parts[1]
    case 3: seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    default: return nil
    }
  }
  // Slurm counts a limit in minutes of 32 bits.
  return seconds > 0 && seconds / 60 < 4_294_967_294 ? seconds : nil
}

private func digits(_ text: Substring) -> Double? {
  guard (1...10).contains(text.utf8.count),
    text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
  else { return nil }
  return Double(text)
}
