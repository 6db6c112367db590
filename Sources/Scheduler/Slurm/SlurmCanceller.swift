import RunContract

/// Ends jobs by scancel, and never one that is not ours.
///
/// Job ids are used again, so the queue is read first and only what carries our name is touched. A
/// whole job is then ended by name and id together. A task cannot be: with `--name` Slurm 22.05 ends
/// every waiting task of an array when it is asked for one of them. A task that is ended while it
/// waits leaves no trace in squeue or sacct; that it never started is for its claim to say.
struct SlurmCanceller {
  let commands: SlurmCommands

  func cancel(_ jobs: [JobReference]) async -> CancelOutcome {
    guard !jobs.isEmpty else { return CancelOutcome(asked: []) }
    let observer = SlurmObserver(commands: commands)
    let rows: [SlurmRow]
    do { rows = try await observer.queue(jobs) } catch {
      return CancelOutcome(
        asked: [], failures: ["\(error)"], isUnreachable: error.isUnreachable)
    }
    var outcome = CancelOutcome(asked: [])
    let live = RowIndex(rows.filter(\.isLive))
    var wanted = Wanted()
    for job in jobs {
      // A reference without an index means all that is left of a job, whichever rows that are.
      // Where nothing of ours has the id, whatever bears the name is meant.
      let known = live.jobID(of: job) == nil ? job.byName : job
      guard let id = live.jobID(of: known), job.arrayIndex == nil || live.row(for: known) != nil
      else {
        outcome.failures.append(Self.absence(of: job, among: rows))
        continue
      }
      wanted.add(job, as: id)
      if job.arrayIndex != nil { continue }
      for other in rows where Self.isRenamed(other, job, id) {
        outcome.failures.append(Self.complaint(of: other, for: job))
        outcome.spared += Self.tasks(of: other).map { index in
          var task = job
          task.arrayIndex = index
          return task
        }
      }
    }
    await ask(wanted.calls, &outcome)
    return outcome
  }

  /// How many scancel calls run at a time: each asks the controller, which all users share.
  private static let width = 4

  private func ask(_ calls: [ScancelCall], _ outcome: inout CancelOutcome) async {
    var rest = calls.makeIterator()
    await withTaskGroup(of: CancelOutcome.self) { group in
      for _ in 0..<Self.width {
        if let call = rest.next() { group.addTask { await ask(call) } }
      }
      for await answer in group {
        outcome.asked += answer.asked
        outcome.failures += answer.failures
        outcome.isUnreachable = outcome.isUnreachable || answer.isUnreachable
        // Who cannot be reached is not asked another thousand times.
        if !outcome.isUnreachable, let call = rest.next() {
          group.addTask { await ask(call) }
        }
      }
    }
    let unasked = rest.reduce(0) { $0 + $1.jobs.count }
    if unasked > 0 { outcome.failures.append("\(unasked) more were not asked to end") }
  }

  private func ask(_ call: ScancelCall) async -> CancelOutcome {
    let result: CommandResult
    do { result = try await commands.scancel(call.arguments) } catch {
      return CancelOutcome(asked: [], failures: ["\(error)"])
    }
    let complaints = ScancelReply.complaints(result)
    return CancelOutcome(
      asked: call.jobs(besidesThoseIn: complaints), failures: complaints,
      isUnreachable: ScancelReply.isUnreachable(result))
  }

  /// That a job is not there under its name; who has its id now may be the same job under another one, and
  /// only its user can know that.
  private static func absence(of job: JobReference, among rows: [SlurmRow]) -> String {
    guard let id = job.jobID, let other = rows.first(where: { isRenamed($0, job, id) }) else {
      return "\(label(job)) is not in Slurm's queue any more"
    }
    return complaint(of: other, for: job)
  }

  /// Whether a row shows what lives under a job's id and another name; of an array that may be one task.
  private static func isRenamed(_ row: SlurmRow, _ job: JobReference, _ id: Int) -> Bool {
    row.jobID == id && row.token != job.token && row.isLive && row.tasks.covers(job.arrayIndex)
  }

  private static func tasks(of row: SlurmRow) -> [Int] {
    switch row.tasks {
    case .whole: []
    case .one(let index): [index]
    case .some(let indices): indices.all
    }
  }

  private static func complaint(of other: SlurmRow, for job: JobReference) -> String {
    var target = "\(other.jobID)"
    if let index = job.arrayIndex { target += "_\(index)" }
    if job.arrayIndex == nil, case .one(let index) = other.tasks { target += "_\(index)" }
    return "\(label(job)) is not in Slurm's queue under that name: job \(target) is called "
      + "\(printable(other.token)) now, and was not asked to end; if it is the same job, "
      + "`scancel \(target)` ends it"
  }

  static func label(_ job: JobReference) -> String {
    guard let id = job.jobID else { return "a job named \(job.token)" }
    return "job \(id)\(job.arrayIndex.map { "_\($0)" } ?? "") (\(job.token))"
  }
}
