import Foundation
import Registry
import RunContract
import Terminal

/// The state of runs, as JSON and as a table: two views of the same records.
public struct StatusReport: Sendable {
  let runs: [RunRecord]

  /// A report on these runs.
  public init(_ runs: [RunRecord]) { self.runs = runs }

  /// An array of objects. The keys are part of the program's interface: they are added to, never
  /// renamed. Times are ISO 8601 in UTC.
  public var json: JSONValue { .array(runs.map(Self.object)) }

  private static func object(_ run: RunRecord) -> JSONValue {
    let values = run.lastValues
    return [
      "run": .string(run.name), "experiment": .string(run.experiment),
      "config": .string(run.configSHA256), "state": .string(run.state.rawValue),
      "executor": JSONValue(run.executor), "job_id": JSONValue(run.jobID),
      "array_task": JSONValue(run.arrayTask), "created_at": .string(timestamp(run.createdAt)),
      "submitted_at": JSONValue(run.submittedAt.map(timestamp)),
      "started_at": JSONValue(run.startedAt.map(timestamp)),
      "ended_at": JSONValue(run.endedAt.map(timestamp)), "exit_code": JSONValue(run.exitCode),
      "signal": JSONValue(run.signal), "nodes": JSONValue(run.nodes),
      "step": JSONValue(run.lastStep), "epoch": JSONValue(run.lastEpoch),
      "epochs": JSONValue(run.epochs), "loss": JSONValue(values[MetricName.loss]),
      "grad_norm": JSONValue(values[MetricName.gradNorm]),
      "corr_penalty": JSONValue(values[MetricName.corrPenalty]),
      "damaged_lines": JSONValue(run.damagedLines), "directory": .string(run.directory),
      "reason": JSONValue(run.shownReason),
      "cancel_requested_at": JSONValue(run.cancelRequestedAt.map(timestamp)),
    ]
  }

  /// How much a table shows.
  public enum Width: Sendable { case normal, wide }

  /// A table with one row a run.
  /// - Parameter drawsTogether: whether the tasks of one array that wait stand in one row, as squeue shows
  ///   them, where there are more than a few.
  public func table(_ width: Width = .normal, drawsTogether: Bool = false) -> Table {
    var columns = [
      Column("RUN"), Column("STATE"), Column("JOB"), Column("EPOCH", number: true),
      Column("LOSS", number: true), Column("GRAD NORM", number: true),
      Column("PENALTY", number: true), Column("TIME", number: true),
    ]
    if width == .wide {
      columns += [
        Column("CONFIG"), Column("EXECUTOR"), Column("NODES"), Column("SUBMITTED"),
        Column("DIRECTORY"),
      ]
    }
    columns.append(Column("REASON", mayShrink: true))
    var table = Table(columns)
    let groups = drawsTogether ? waitingTogether(runs) : runs.map { [$0] }
    table.rows = groups.map { $0.count == 1 ? row($0[0], width) : row(waiting: $0, width) }
    return table
  }

  /// The row of tasks that wait.
  private func row(waiting group: [RunRecord], _ width: Width) -> [Cell] {
    let first = group[0]
    let last = group[group.count - 1]
    var cells = row(first, width)
    cells[0] = Cell("\(first.name) … \(last.name)", .strong)
    cells[1] = Cell("\(group.count) \(first.state.rawValue)", role(of: first.state))
    if let job = first.jobID, let from = first.arrayTask, let to = last.arrayTask {
      cells[2] = Cell("\(job)_[\(from)-\(to)]", .faint)
    }
    return cells
  }

  private func row(_ run: RunRecord, _ width: Width) -> [Cell] {
    let values = run.lastValues
    var row: [Cell] = [
      Cell(run.name, .strong), Cell(run.state.rawValue, role(of: run.state)),
      Cell(jobText(run), .faint), Cell(epochText(run)), Cell(short(values[MetricName.loss])),
      Cell(short(values[MetricName.gradNorm]), normRole(values[MetricName.gradNorm])),
      Cell(short(values[MetricName.corrPenalty])), Cell(durationText(run)),
    ]
    if width == .wide {
      row += [
        Cell(run.configShortID), Cell(run.executor ?? "–"), Cell(run.nodes ?? "–"),
        Cell(run.submittedAt.map(timestamp) ?? "–"), Cell(run.directory),
      ]
    }
    row.append(Cell(run.shownReason ?? "", .faint))
    return row
  }
}

/// Neighbouring tasks of one array that wait for the same reason, in the queue or for room in it, drawn
/// together where they are many; every other run by itself.
func waitingTogether(_ runs: [RunRecord]) -> [[RunRecord]] {
  let few = 4
  var groups: [[RunRecord]] = []
  var current: [RunRecord] = []
  func close() {
    if current.count > few { groups.append(current) } else { groups += current.map { [$0] } }
    current = []
  }
  for run in runs {
    let waits = (run.state == .pending || run.state == .created) && run.isArray
    let belongs =
      waits
      && current.last.map { last in
        last.state == run.state && last.submissionID == run.submissionID
          && last.shownReason == run.shownReason
          && last.arrayIndex.map { $0 + 1 } == run.arrayIndex
      } ?? true
    if !belongs { close() }
    if waits { current.append(run) } else { groups.append([run]) }
  }
  close()
  return groups
}

/// `21449738_3`, `pid 812`, or a dash.
public func jobText(_ run: RunRecord) -> String {
  guard let id = run.jobID else { return "–" }
  if run.executor == "local" { return "pid \(id)" }
  return run.arrayTask.map { "\(id)_\($0)" } ?? "\(id)"
}

/// `3/12`, `3`, or a dash.
func epochText(_ run: RunRecord) -> String {
  guard let epoch = run.lastEpoch else { return run.epochs.map { "0/\($0)" } ?? "–" }
  return run.epochs.map { "\(epoch)/\($0)" } ?? "\(epoch)"
}

/// How long the run has trained, or has waited.
func durationText(_ run: RunRecord) -> String {
  guard let start = run.startedAt else { return "–" }
  return short(seconds: (run.endedAt ?? now()) - start)
}

/// The colour of a state: the one place that decides it.
public func role(of state: RunState) -> Role {
  switch state {
  case .completed: .good
  case .running: .active
  case .created, .submitting, .pending, .cancelled: .faint
  case .unconfirmed, .requeued: .warning
  case .failed, .timedOut, .outOfMemory, .nodeFailed, .diverged, .lost: .bad
  }
}

/// A gradient norm of over 10 is the seed's mark of an unstable step.
func normRole(_ norm: Double?) -> Role? {
  guard let norm else { return nil }
  return norm.isFinite && norm <= NormBand.explosion ? nil : .bad
}

/// ISO 8601 in UTC, to the second.
public func timestamp(_ seconds: Double) -> String {
  Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
}

/// "21 runs: 3 running, 18 pending".
public func summary(of runs: [RunRecord], style: Style) -> String {
  let counts = Dictionary(grouping: runs, by: \.state).mapValues(\.count)
  let parts = RunState.allCases.compactMap { state in
    counts[state].map { style(role(of: state), "\($0) \(state.rawValue)") }
  }
  return "\(runs.count) run\(runs.count == 1 ? "" : "s"): " + parts.joined(separator: ", ")
}
