import ArgumentParser
import Orchestration
import Registry
import Reports

/// Which runs a command is about: what is named, and what of it is left by the conditions.
struct RunChoice: ParsableArguments {
  @Argument(help: "Runs, experiments, config ids, job ids or array tasks.")
  var targets: [String] = []

  @Option(help: ArgumentHelp("All runs of this experiment; may be repeated.", valueName: "name"))
  var experiment: [String] = []

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only runs whose parameter is so: penalty=quadratic, 'corr_weight>=0.3', seed!=3; may be repeated.",
      valueName: "condition"),
    transform: { try RunCondition($0) })
  var conditions: [RunCondition] = []

  @Option(help: "Only runs in this state; may be repeated.")
  var state: [RunState] = []

  @Option(help: "Only runs made since: 7d, 12h, 2026-11-20, 2026-11-20T14:30.")
  var since: String?

  func validate() throws {
    if targets.isEmpty, experiment.isEmpty {
      throw ValidationError("name runs, or an experiment with --experiment")
    }
    if let since, moment(since, now: now()) == nil {
      throw ValidationError("--since \(since) is no time; as in 7d, 12h, 2026-11-20")
    }
  }

  /// The runs, in the order of their making, after what is so has been looked at.
  /// - Throws: ``Failure`` where nothing matches.
  func runs(_ workshop: Workshop, _ options: GlobalOptions) async throws -> [RunRecord] {
    let registry = workshop.registry
    let named = try (targets.map(Target.init) + experiment.map(Target.experiment)).flatMap {
      try registry.runs(named: $0, orOfConfig: true, isToShow: true)
    }
    let ids = Set(named.map(\.id)).sorted()
    options.tell(try await workshop.reconciler.reconcile(.ids(ids)))
    var runs = try registry.runs(.ids(ids))
    if let start = since.flatMap({ moment($0, now: now()) }) {
      runs = runs.filter { $0.createdAt >= start }
    }
    if !state.isEmpty { runs = runs.filter { state.contains($0.state) } }
    do { runs = try runs.fulfilling(conditions) } catch {
      throw Failure("--where: \(error)", status: .usage)
    }
    guard !runs.isEmpty else { throw Failure("no runs match", status: .nothing) }
    return runs
  }
}
