import Foundation

/// Why Slurm gave no answer.
public enum SlurmFailure: Error, Equatable, CustomStringConvertible {
  /// The command is not on the `PATH`.
  case notInstalled(String)
  /// The controller cannot be reached, in Slurm's own words.
  case unreachable(String)
  /// The command did not end in time.
  case timedOut(String, after: Duration)
  /// The command failed for a reason of its own.
  case failed(String, words: String)

  init(_ command: String, _ result: CommandResult, limit: Duration) {
    let words = slurmWords(result.standardError)
    if Self.saysUnreachable(words) {
      self = .unreachable(words)
    } else if result.timedOut {
      self = .timedOut(command, after: limit)
    } else {
      self = .failed(command, words: words.isEmpty ? "\(result.ending)" : words)
    }
  }

  /// Whether these words say that nothing ever reached a controller.
  static func saysUnreachable(_ words: String) -> Bool {
    [
      "Unable to contact slurm controller (connect failure)",
      "Munge encode failed",
      "establish a configuration source",
      "cannot stat file",
      "Unable to open pidfile",
    ].contains(where: words.contains)
  }

  /// Whether waiting for Slurm's return is all that helps.
  public var isUnreachable: Bool {
    switch self {
    case .unreachable, .timedOut: true
    case .failed(_, let words): words.contains("Socket timed out")
    case .notInstalled: false
    }
  }

  /// A sentence for the user.
  public var description: String {
    switch self {
    case .notInstalled(let command): "\(command) was not found on the PATH"
    case .unreachable(let words): "Slurm cannot be reached: \(words)"
    case .timedOut(let command, let limit):
      "\(command) did not answer within \(limit.components.seconds) s"
    case .failed(let command, let words): "\(command) failed: \(words)"
    }
  }
}

/// What a command of Slurm said on standard error, as one line without its own prefixes.
func slurmWords(_ text: String) -> String {
  var seen: [String] = []
  for line in text.split(whereSeparator: \.isNewline) {
    var rest = line
    for prefixes in [commandPrefixes, ["error: ", "fatal: "]] {
      if let prefix = prefixes.first(where: rest.hasPrefix) { rest = rest.dropFirst(prefix.count) }
    }
    let words = rest.trimmingCharacters(in: .whitespaces)
    if !words.isEmpty, !seen.contains(words) { seen.append(words) }
  }
  return seen.joined(separator: "; ")
}

private let commandPrefixes = ["sbatch", "squeue", "sacct", "scancel", "scontrol", "sinfo"].map {
  "\($0): "
}
