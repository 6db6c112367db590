import Registry
import RunContract
import Scheduler

/// What a user may name on the command line: a job, a task of an array, a run or an experiment.
public enum Target: Equatable, Sendable {
  case job(Int)
  case task(job: Int, index: Int)
  case name(String)

  /// Reads a target: `21449738`, `21449738_3`, or a name.
  public init(_ text: String) {
    if let match = text.wholeMatch(of: /(\d{1,15})(?:_(\d{1,9}))?/), let id = Int(match.1), id > 0 {
      if let index = match.2.flatMap({ Int($0) }) {
        self = .task(job: id, index: index)
      } else {
        self = .job(id)
      }
    } else {
      self = .name(text)
    }
  }
}

extension Registry {
  /// The runs that a target names; a name may be a run's or an experiment's. A job id is Slurm's, for
  /// a local run's process may well have the number of somebody's job; one that was used again names
  /// the runs of its newest use.
  /// - Parameter orOfConfig: whether the first digits of a config's id name its runs, where nothing else is
  ///   called so.
  /// - Throws: ``Failure`` with the nearest name where a name is unknown; an unknown job id gives no
  ///   runs, for Slurm may know it.
  public func runs(named target: Target, orOfConfig: Bool = false) throws -> [RunRecord] {
    switch target {
    case .job(let id): return newestUse(try runs(.job(id)))
    case .task(let id, let index):
      return newestUse(try runs(.job(id, arrayIndex: index)).filter(\.isArray))
    case .name(let name):
      let named = try runs(.name(name))
      if !named.isEmpty { return named }
      let experiments = try experimentNames()
      if experiments.contains(name) { return try runs(.experiment(name)) }
      if orOfConfig, let config = try config(beginningWith: name) {
        var filter = RunFilter()
        filter.configID = config.id
        return try runs(filter)
      }
      let known = experiments + (try runNames())
      throw Failure(
        "no run or experiment is called \(printable(name))\(didYouMean(name, in: known))",
        hint: "`orchestrate status --all` lists all runs", status: .nothing)
    }
  }

  /// The one config whose id begins with these digits.
  private func config(beginningWith digits: String) throws -> ConfigRecord? {
    guard digits.count >= 4, digits.allSatisfy(\.isHexDigit) else { return nil }
    let found = try configs(prefix: digits)
    guard found.count < 2 else {
      throw Failure("\(found.count) configs begin with \(digits)", hint: "give more digits")
    }
    return found.first
  }

  private func newestUse(_ runs: [RunRecord]) -> [RunRecord] {
    let runs = runs.filter { $0.executor == ExecutorName.slurm.rawValue }
    let newest = runs.compactMap(\.submissionID).max()
    return runs.filter { $0.submissionID == newest }
  }
}
