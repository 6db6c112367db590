import Foundation

/// What sacct says about jobs that ended.
enum AccountingListing {
  private static let fields = [
    "JobID", "State", "Submit", "Start", "End", "ExitCode", "DerivedExitCode", "NodeList",
    "JobName", "Reason", "Eligible",
  ]
  /// More names than this are left out of the question, which then goes by time alone.
  static let nameLimit = 200
  /// A day before the oldest submission: clocks differ, and a record may be late.
  private static let margin = 86_400.0
  /// How far back to ask for a job whose submission time nobody knows.
  private static let unknownAge = 7 * 86_400.0

  /// One question for all these jobs, in relative times so that no time zone matters.
  ///
  /// Asking by state as well finds jobs that were cancelled before they ever could start: by time
  /// alone sacct does not show them.
  static func arguments(for jobs: [JobReference], now: Double) -> [String] {
    let oldest = jobs.map { $0.submitTime ?? now - unknownAge }.min() ?? now
    let seconds = max(0, min(now - oldest, 1e9)) + margin
    var arguments = [
      "--allocations", "--parsable", "--delimiter=\(SlurmTable.separator)", "--duplicates",
      "--user=\(getuid())", "--state=\(JobStateWords.terminalCodes)",
      "--starttime=now-\(Int(seconds))", "--endtime=now+3600",
      "--format=\(fields.joined(separator: ","))",
    ]
    let names = Set(jobs.map(\.token))
    if names.count <= nameLimit, !names.contains(where: { $0.contains(",") }) {
      arguments.append("--name=\(names.sorted().joined(separator: ","))")
    }
    return arguments
  }

  /// The rows under these names; `nil` where the text is not sacct's answer.
  ///
  /// A job that the controller forgot stays RUNNING in the books for ever, so only an end counts here:
  /// what lives is for squeue to say.
  static func read(_ text: String, tokens: Set<String>) -> [SlurmRow]? {
    var reader = RowReader(tokens)
    return SlurmTable.rows(text, columns: fields.count) { field in
      guard let token = reader.token(field[8]), tokens.contains(token),
        let (id, tasks) = identity(field[0])
      else { return nil }
      var row = SlurmRow(token: token, jobID: id, phase: reader.phase(field[1]))
      guard row.phase.isTerminal || row.phase.isUnknown else { return nil }
      row.tasks = tasks
      row.isFromBooks = true
      row.nodes = reader.nodes(field[7])
      row.reason = reader.detail(field[1])
      // Slurm itself ends what waits for a success that can never come. The word stays in the books also where it
      // came and the job could start.
      if row.phase == .cancelled, row.reason == nil, row.nodes == nil, field[10].time == nil,
        let why = reader.reason(field[9]), why.hasPrefix("Dependency")
      {
        row.reason = why
      }
      row.submitTime = field[2].time
      row.startTime = field[3].time
      row.endTime = field[4].time
      row.take(exit: reader.exit(field[5]), ofSteps: reader.exit(field[6]))
      return row
    }
  }

  /// `12`, `12_3`, or `12_[4-7]` for tasks that never had a record of their own.
  private static func identity(_ field: SlurmField) -> (Int, SlurmRow.Tasks)? {
    let parts = field.bytes.split(separator: 0x5F, maxSplits: 1)
    guard let first = parts.first, let id = slurmInteger(first) else { return nil }
    guard parts.count > 1 else { return (id, .whole) }
    if let index = slurmInteger(parts[1]) { return (id, .one(index)) }
    let list = String(decoding: parts[1], as: UTF8.self).filter { $0 != "[" && $0 != "]" }
    return (id, ArrayIndices(list).map { .some($0) } ?? .whole)
  }
}
