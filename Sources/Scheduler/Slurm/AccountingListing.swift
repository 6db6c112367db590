import Foundation

/// What sacct says about jobs that ended.
enum AccountingListing {
  private static let fields = [
    "JobID", "State", "Submit", "Start", "End", "ExitCode", "NodeList", "JobName",
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
  static func read(_ text: String, tokens: Set<String>) -> [SlurmRow]? {
    guard let rows = SlurmTable.rows(text, columns: fields.count) else { return nil }
    return rows.filter { tokens.contains(String($0[7])) }.compactMap(row)
  }

  private static func row(_ field: [Substring]) -> SlurmRow? {
    // `12`, `12_3`, or `12_[4-7]` for tasks that never had a record of their own.
    let parts = field[0].split(separator: "_", maxSplits: 1)
    guard let first = parts.first, let id = Int(first) else { return nil }
    let tasks = parts.count > 1 ? ArrayIndices(parts[1].filter { $0 != "[" && $0 != "]" }) : nil
    let state = String(field[1])
    return SlurmRow(
      token: String(field[7]), jobID: id,
      tasks: tasks.map { .some($0) } ?? .whole, phase: JobStateWords.phase(of: state),
      reason: JobStateWords.detail(of: state),
      submitTime: SlurmTable.time(field[2]), startTime: SlurmTable.time(field[3]),
      endTime: SlurmTable.time(field[4]), exit: WaitStatus(field[5]),
      nodes: SlurmTable.nodes(field[6]))
  }
}
