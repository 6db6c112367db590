import Orchestration
import Registry

/// The runs that targets and filters on the command line mean.
struct Selection {
  private let filter: RunFilter
  private let named: [NamedRuns]
  /// Whether nothing in particular was asked for.
  let isEverything: Bool

  /// - Parameter isToShow: whether the runs are only to be shown.
  /// - Throws: ``Failure`` where a name is unknown.
  init(
    targets: [String], experiment: String?, states: [RunState], registry: Registry,
    isToShow: Bool = false
  ) throws {
    isEverything = targets.isEmpty && experiment == nil && states.isEmpty
    var filter = RunFilter()
    if let experiment {
      _ = try registry.runs(named: .experiment(experiment))
      filter.experiment = experiment
    }
    if !states.isEmpty { filter.states = states }
    named = try targets.map { try NamedRuns(Target($0), in: registry, isToShow: isToShow) }
    if !targets.isEmpty { filter.ids = named.flatMap(\.reach) }
    self.filter = filter
  }

  /// What has to be looked at before the runs are shown: a state may change into the one asked for.
  var reach: RunFilter {
    var filter = filter
    filter.states = nil
    return filter
  }

  /// The runs as the registry has them now.
  func runs(_ registry: Registry) throws -> [RunRecord] {
    var filter = filter
    if !named.isEmpty { filter.ids = try named.flatMap { try $0.after(registry) } }
    return try registry.runs(filter)
  }
}
