/// What squeue says: every job of the user that the controller remembers, live ones and for
/// `MinJobAge` (five minutes by default) those that ended.
enum QueueListing {
  private static let fields = [
    "ArrayJobID", "ArrayTaskID", "State", "SubmitTime", "StartTime", "EndTime", "RestartCnt",
    "exit_code", "NodeList", "Reason", "Name",
  ]

  /// One question for all jobs. Tasks that wait stand in one row, so that ten thousand cost what
  /// one does.
  static let arguments = [
    "--me", "--states=all",
    "--Format=" + fields.map { "\($0):\(SlurmTable.separator)" }.joined(separator: ","),
  ]

  /// The rows under these names and under all that look like tokens; `nil` where the text is not squeue's answer.
  static func read(_ text: String, tokens: Set<String>) -> [SlurmRow]? {
    guard let rows = SlurmTable.rows(text, columns: fields.count) else { return nil }
    return rows.filter { Strangers.isToken($0[10]) || tokens.contains(String($0[10])) }
      .compactMap(row)
  }

  private static func row(_ field: [Substring]) -> SlurmRow? {
    guard let id = Int(field[0]) else { return nil }
    let state = String(field[2])
    var phase = JobStateWords.phase(of: state)
    let restarts = Int(field[6])
    if phase == .pending, (restarts ?? 0) > 0 { phase = .requeued }
    let reason = ["", "None", "(null)"].contains(field[9]) ? nil : String(field[9])
    return SlurmRow(
      token: String(field[10]), jobID: id,
      tasks: ArrayIndices(field[1]).map { .some($0) } ?? .whole, phase: phase,
      reason: JobStateWords.detail(of: state) ?? reason,
      submitTime: SlurmTable.time(field[3]), startTime: SlurmTable.time(field[4]),
      endTime: SlurmTable.time(field[5]), exit: WaitStatus(field[7]),
      nodes: SlurmTable.nodes(field[8]), restarts: restarts)
  }
}
