import Orchestration
import Registry
import Scheduler

/// Turns `--after` into Slurm's dependency.
struct Dependency {
  let workshop: Workshop

  /// `afterok:<id>` for a job id, an array task or a run.
  /// - Throws: ``Failure`` where the job is unknown: Slurm itself would start at once.
  func expression(for text: String) async throws -> String {
    let target = Target(text)
    if case .name = target {
      let runs = try workshop.registry.runs(named: target)
      let ids = runs.compactMap { run in
        run.jobID.map { id in run.arrayTask.map { "\(id)_\($0)" } ?? "\(id)" }
      }
      guard ids.count == runs.count, runs.allSatisfy({ $0.executor == "slurm" }) else {
        throw Failure("\(text) is no job of Slurm", status: .usage)
      }
      return "afterok:" + ids.joined(separator: ":")
    }
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
}
