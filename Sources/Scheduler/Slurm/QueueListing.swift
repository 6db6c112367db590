import RunContract

/// What squeue says: every job of the user that the controller remembers, live ones and for
/// `MinJobAge` (five minutes by default) those that ended.
enum QueueListing {
  private static let fields = [
    "ArrayJobID", "ArrayTaskID", "State", "SubmitTime", "StartTime", "EndTime", "RestartCnt",
    "exit_code", "DerivedEC", "NodeList", "Reason", "PreemptTime", "Name",
  ]

  /// One question for all jobs. Tasks that wait stand in one row, so that ten thousand cost what
  /// one does. Without `--all` nobody but root is shown what is in a hidden partition, be it their own.
  static let arguments = [
    "--me", "--all", "--states=all",
    "--Format=" + fields.map { "\($0):\(SlurmTable.separator)" }.joined(separator: ","),
  ]

  /// The rows under these names, under all that look like tokens, and of these ids whatever their names
  /// are; `nil` where the text is not squeue's answer.
  static func read(_ text: String, tokens: Set<String>, ids: Set<Int> = []) -> [SlurmRow]? {
    var reader = RowReader(tokens)
    return SlurmTable.rows(text, columns: fields.count) { field in
      guard let id = field[0].integer,
        let token = reader.token(field[12]) ?? (ids.contains(id) ? field[12].string : nil)
      else { return nil }
      var row = SlurmRow(token: token, jobID: id, phase: reader.phase(field[2]))
      row.tasks = SlurmRow.Tasks(field[1])
      row.restarts = field[6].integer
      if row.phase == .pending, (row.restarts ?? 0) > 0 { row.phase = .requeued }
      row.reason = reader.detail(field[2]) ?? reader.reason(field[10])
      // What was cancelled while it waited still has the reason for which it waited; only that it could never
      // start is one of its end.
      if row.phase == .cancelled, row.reason != neverStarts { row.reason = reader.detail(field[2]) }
      if case .some = row.tasks { row.reason = row.reason.map(anyOf) }
      row.submitTime = field[3].time
      row.startTime = field[4].time
      row.endTime = field[5].time
      row.take(exit: reader.exit(field[7]), ofSteps: reader.exit(field[8]))
      row.nodes = reader.nodes(field[9])
      // Where a partition gives a grace time Slurm tells the trainer to end, and calls the job failed.
      if row.phase == .failed, field[11].time != nil, !saysItself(row.exit?.code) {
        (row.phase, row.reason) = (.preempted, nil)
      }
      return row
    }
  }
}

/// Whether a trainer says by its exit status how it ended, whatever it was told.
private func saysItself(_ code: Int?) -> Bool {
  switch code.flatMap({ TrainerExit(rawValue: Int32(clamping: $0)) }) {
  // A good end of a job that Slurm calls failed is not its own.
  case nil, .finished, .runAgain: false
  case .usage, .badData, .claimRefused, .diverged: true
  }
}

/// Slurm's word for a job that waits for a success that can never come.
private let neverStarts = "DependencyNeverSatisfied"

/// Several words for why tasks wait that squeue shows in one row: each waits for one of them.
private func anyOf(_ reason: String) -> String {
  let words = reason.split(separator: ",", omittingEmptySubsequences: false)
  guard words.count > 1, words.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isLetter) }) else {
    return reason
  }
  return words.joined(separator: JobObservation.either)
}
