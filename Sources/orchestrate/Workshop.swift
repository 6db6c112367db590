import Foundation
import JobFiles
import Orchestration
import Registry
import Scheduler

/// The open project: what commands work with.
struct Workshop {
  let project: Project
  let registry: Registry
  let slurm = SlurmExecutor()
  var local: LocalExecutor { LocalExecutor(supervisorCommand: Self.supervisorCommand) }

  /// This very program as a supervisor of local runs.
  static var supervisorCommand: [String] { [executablePath, "supervise"] }

  /// What the site or the project asks of every job.
  let site: SiteDefaults

  /// Opens the project that a command names.
  init(_ options: GlobalOptions) throws {
    let project = try options.findProject()
    let opened = EarlyRegistry.begin(project)
    let site = Result { try SiteDefaults.load(path: project.siteFile) }
    let registry = try opened.value
    self.init(project, registry, try site.get())
    options.warn(registry.warnings + project.closeFolders())
  }

  /// A project whose registry and site file are read.
  init(_ project: Project, _ registry: Registry, _ site: SiteDefaults) {
    self.project = project
    self.registry = registry
    self.site = site
  }

  var executors: [any Executor] { [slurm, local] }
  var reconciler: Reconciler { reconciler(asking: executors) }
  /// One that asks nobody but this machine, as often as one likes.
  var localReconciler: Reconciler { reconciler(asking: [local]) }
  private func reconciler(asking executors: [any Executor]) -> Reconciler {
    Reconciler(
      registry: registry, executors: executors,
      continuer: Continuer(project: project, registry: registry, executors: executors),
      patience: Patience(site))
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
