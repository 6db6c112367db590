import Foundation

/// Reads sbatch's reply. Where it leaves any doubt the submission is unconfirmed.
enum SubmissionReply {
  /// What a result says about the job.
  static func read(_ result: CommandResult) -> SubmissionOutcome {
    let words = slurmWords(result.standardError)
    guard !result.timedOut else {
      // sbatch waits a minute for a configuration file that is missing, and talks to nobody then.
      if SlurmFailure.saysUnreachable(words) { return .unreachable(reason: words) }
      return .unconfirmed(reason: "sbatch did not end in time\(said(words))")
    }
    switch result.ending {
    case .exited(0): return accepted(result.standardOutput)
    case .exited(let code): return failed(code, result.standardError)
    case .signalled(let signal):
      return .unconfirmed(reason: "sbatch was ended by signal \(signal)\(said(words))")
    }
  }

  /// What it means that sbatch gave no result.
  static func read(_ failure: CommandFailure) -> SubmissionOutcome {
    switch failure {
    case .notFound: .unreachable(reason: "\(failure)")
    case .notStarted: .refused(reason: "\(failure)", hint: nil)
    case .lost: .unconfirmed(reason: "\(failure)")
    }
  }

  /// `--parsable` prints a line, `id` or `id;cluster`, and nothing else counts as an acceptance: of a line
  /// without its end some of the id may be missing.
  private static func accepted(_ output: String) -> SubmissionOutcome {
    let line = output.trimmingCharacters(in: .whitespacesAndNewlines)
    let parts = line.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
    let isCluster: (Character) -> Bool = { $0.isLetter || $0.isNumber || "_.-".contains($0) }
    if output.hasSuffix("\n"), let first = parts.first,
      first.utf8.allSatisfy({ (48...57).contains($0) }),
      let id = Int(first),
      id > 0, parts.count < 2 || (!parts[1].isEmpty && parts[1].allSatisfy(isCluster))
    {
      return .accepted(jobID: id)
    }
    return .unconfirmed(reason: "sbatch's answer is not a job id: \(quoted(output))")
  }

  private static func failed(_ code: Int, _ error: String) -> SubmissionOutcome {
    let words = slurmWords(error)
    // sbatch tries again by itself now and then, so one lost reply among its words is enough.
    if lostReplies.contains(where: words.contains) {
      return .unconfirmed(reason: "sbatch ended with status \(code): \(words)")
    }
    if SlurmFailure.saysUnreachable(words) { return .unreachable(reason: words) }
    if let refusal = SlurmRefusal.match(verdict(words)) {
      return .refused(reason: words, hint: refusal.hint)
    }
    // A site's submit filter says its reason first, and Slurm adds these words to it.
    if words.hasSuffix("; Batch job submission failed: Unspecified error") {
      return .refused(reason: words, hint: nil)
    }
    return .unconfirmed(reason: "sbatch ended with status \(code)\(said(words))")
  }

  private static let lostReplies = ["Socket timed out", "Zero Bytes were transmitted or received"]

  /// Slurm's last word; what stands before it may speak of a try that came to nothing.
  private static func verdict(_ words: String) -> String {
    words.components(separatedBy: "Batch job submission failed: ").last ?? words
  }

  private static func said(_ words: String) -> String {
    words.isEmpty ? "" : ": \(words)"
  }

  private static func quoted(_ output: String) -> String {
    let start = output.prefix(80).map { $0.isNewline ? " " : $0 }
    return "\"\(String(start))\""
  }
}
