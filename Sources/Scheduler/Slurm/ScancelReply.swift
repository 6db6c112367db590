/// Reads what scancel says. Its status 0 says nothing: the next look at the queue has the truth.
enum ScancelReply {
  /// What went wrong, in Slurm's words; that a job ended meanwhile is nothing wrong.
  static func complaints(_ result: CommandResult) -> [String] {
    if result.timedOut { return ["scancel did not end in time"] }
    let lines = result.standardError.split(whereSeparator: \.isNewline).map { slurmWords("\($0)") }
    let complaints = lines.filter { line in
      !line.isEmpty && !endedMeanwhile.contains(where: line.contains)
    }
    if complaints.isEmpty, case .signalled(let signal) = result.ending {
      return ["scancel was ended by signal \(signal)"]
    }
    let isHarmless = !lines.isEmpty || result.isSuccess
    return complaints.isEmpty && !isHarmless ? ["scancel failed: \(result.ending)"] : complaints
  }

  /// Whether the controller could not be reached.
  static func isUnreachable(_ result: CommandResult) -> Bool {
    result.timedOut || result.ending == .exited(8)
      || SlurmFailure.saysUnreachable(result.standardError)
      || result.standardError.contains("Socket timed out")
  }

  private static let endedMeanwhile = [
    "Invalid job id specified", "Job/step already completing or completed",
    "No active jobs match ALL job filters",
  ]
}
