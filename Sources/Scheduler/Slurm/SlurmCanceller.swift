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
    do { rows = try await observer.queue(Set(jobs.map(\.token))) } catch {
      return CancelOutcome(
        asked: [], failures: ["\(error)"], isUnreachable: error.isUnreachable)
    }
    var outcome = CancelOutcome(asked: [])
    let live = RowIndex(rows.filter(\.isLive))
    var wholes: [(Target, JobReference)] = []
    var tasks: [Target: [JobReference]] = [:]
    for job in jobs {
      // A reference without an index means all that is left of a job, whichever rows that are.
      guard let id = live.jobID(of: job), job.arrayIndex == nil || live.row(for: job) != nil else {
        outcome.failures.append("\(Self.label(job)) is not in Slurm's queue any more")
        continue
      }
      let target = Target(token: job.token, jobID: id)
      if job.arrayIndex == nil {
        wholes.append((target, job))
      } else {
        tasks[target, default: []].append(job)
      }
    }
    for (target, job) in wholes {
      await ask(["--name=\(target.token)", "\(target.jobID)"], for: [job], &outcome)
    }
    for (target, jobs) in tasks.sorted(by: { $0.key.jobID < $1.key.jobID }) {
      let list = ArrayIndices.list(jobs.compactMap(\.arrayIndex))
      await ask(["\(target.jobID)_\(list)"], for: jobs, &outcome)
    }
    return outcome
  }

  private struct Target: Hashable {
    var token: String
    var jobID: Int
  }

  private func ask(
    _ arguments: [String], for jobs: [JobReference], _ outcome: inout CancelOutcome
  ) async {
    let result: CommandResult
    do { result = try await commands.scancel(arguments) } catch {
      outcome.failures.append("\(error)")
      return
    }
    let complaints = ScancelReply.complaints(result)
    outcome.failures += complaints
    if complaints.isEmpty { outcome.asked += jobs }
    if ScancelReply.isUnreachable(result) { outcome.isUnreachable = true }
  }

  static func label(_ job: JobReference) -> String {
    guard let id = job.jobID else { return "a job named \(job.token)" }
    return "job \(id)\(job.arrayIndex.map { "_\($0)" } ?? "") (\(job.token))"
  }
}
