import Orchestration
import Registry

/// The runs that targets and filters on the command line mean.
struct Selection {
  private let filter: RunFilter
  private let targets: [Target]
  private let isToShow: Bool
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
    self.targets = targets.map(Target.init)
    self.isToShow = isToShow
    if !targets.isEmpty {
      filter.ids = try self.targets.flatMap {
        try registry.runs(mentionedBy: $0, isToShow: isToShow)
      }.map(\.id)
    }
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
    guard targets.contains(where: { !$0.isName }) else { return try registry.runs(filter) }
    // Whose a job's id is may only be known after a look.
    var filter = filter
    filter.ids = try targets.flatMap { try registry.runs(named: $0, isToShow: isToShow) }.map(\.id)
    return try registry.runs(filter)
  }
}
