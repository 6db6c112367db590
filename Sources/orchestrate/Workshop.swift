import Foundation
import Orchestration
import Registry
import Scheduler

/// The open project: what commands work with.
struct Workshop {
  let project: Project
  let registry: Registry
  let slurm = SlurmExecutor()
  let local = LocalExecutor(supervisorCommand: Self.supervisorCommand)

  /// This very program as a supervisor of local runs.
  static var supervisorCommand: [String] { [executablePath, "supervise"] }

  let patience: Patience

  /// Opens the project that a command names.
  init(_ options: GlobalOptions) throws {
    project = try options.findProject()
    registry = try project.openRegistry()
    patience = try project.patience()
    options.warn(registry.warnings)
  }

  var executors: [any Executor] { [slurm, local] }
  var continuer: Continuer {
    Continuer(project: project, registry: registry, executors: executors)
  }
  var reconciler: Reconciler {
    Reconciler(
      registry: registry, executors: executors, continuer: continuer, patience: patience)
  }
  var canceller: Canceller {
    Canceller(registry: registry, executors: executors, reconciler: reconciler)
  }
  var submitter: Submitter { Submitter(project: project, registry: registry) }
  var reproducer: Reproducer {
    Reproducer(project: project, registry: registry, executors: executors)
  }
  var retrier: Retrier {
    Retrier(project: project, registry: registry, executors: executors)
  }
}
