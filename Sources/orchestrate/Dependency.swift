import Orchestration
import Registry
import Scheduler

/// Turns `--after` into Slurm's dependency.
struct Dependency {
  let workshop: Workshop

  /// `afterok:<id>` for a job id, an array task or a run; `nil` where all that was named has completed.
  /// - Throws: ``Failure`` where the job is unknown or has not completed and never will: Slurm forgets
  ///   jobs after some minutes, and what waits for a forgotten one starts at once.
  func expression(for text: String) async throws -> String? {
    let target = Target(text)
    if case .name = target { return try await expression(for: target, called: text) }
    let (id, index): (Int, Int?) =
      switch target {
      case .job(let id): (id, nil)
      case .task(let id, let index): (id, index)
      case .name: (0, nil)
      }
    guard try await workshop.slurm.describe(jobID: id, arrayIndex: index) != nil else {
      throw Failure(
        "Slurm knows no job \(text), and would not wait for it",
        hint: "`squeue --me` lists your jobs", status: .nothing)
    }
    return "afterok:\(text)"
  }

  private func expression(for target: Target, called text: String) async throws -> String? {
    let registry = workshop.registry
    let ids = try registry.runs(named: target).map(\.id)
    _ = try await workshop.reconciler.reconcile(.ids(ids))
    let runs = try registry.runs(.ids(ids))
    guard runs.allSatisfy({ $0.executor == ExecutorName.slurm.rawValue }) else {
      throw Failure("\(text) is no job of Slurm", status: .usage)
    }
    if let ended = runs.first(where: { !$0.state.isActive && $0.state != .completed }) {
      throw Failure(
        "\(ended.name) has ended as \(ended.state.rawValue): what waits for it would never start",
        hint: "submit without --after, or name another run", status: .usage)
    }
    let jobs = try runs.filter(\.state.isActive).map { run in
      guard let id = run.jobID else {
        throw Failure(
          "\(run.name) has no job id yet (\(run.state.rawValue))",
          hint: "`orchestrate status \(run.name)` looks for it; then try again")
      }
      return run.arrayTask.map { "\(id)_\($0)" } ?? "\(id)"
    }
    return jobs.isEmpty ? nil : "afterok:" + jobs.joined(separator: ":")
  }
}
extension Dependency {
  func expression(for texts: [String]) async throws -> String? {
    try await expression(for: texts[0])
  }
}
