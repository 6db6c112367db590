import Registry
import RunContract
import Scheduler

/// What a user may name on the command line: a job, a task of an array, a run or an experiment.
public enum Target: Equatable, Sendable {
  case job(Int)
  case task(job: Int, index: Int)
  /// A run's name or an experiment's.
  case name(String)
  /// An experiment and nothing else.
  case experiment(String)
  /// A run of an experiment and nothing else.
  case run(String, of: String)

  /// Whether it names no job.
  public var isName: Bool {
    switch self {
    case .job, .task: false
    case .name, .experiment, .run: true
    }
  }

  /// Reads a target: `21449738`, `21449738_3`, a name, or where that is not enough `EXPERIMENT/` or
  /// `EXPERIMENT/RUN`.
  public init(_ text: String) {
    if let match = text.wholeMatch(of: /(\d{1,15})(?:_(\d{1,9}))?/), let id = Int(match.1), id > 0 {
      if let index = match.2.flatMap({ Int($0) }) {
        self = .task(job: id, index: index)
      } else {
        self = .job(id)
      }
    } else if let slash = text.firstIndex(of: "/"), slash != text.startIndex {
      let run = String(text[text.index(after: slash)...])
      let experiment = String(text[..<slash])
      self = run.isEmpty ? .experiment(experiment) : .run(run, of: experiment)
    } else {
      self = .name(text)
    }
  }
}

/// What a target named before a look at the executors, after which it may be another thing: an answer of sbatch's
/// that gave a job's id may have been wrong, and a run may go on under another job.
public struct NamedRuns: Sendable {
  public let target: Target
  /// The runs as they were before the look.
  public let before: [RunRecord]
  /// The keys of those that the look has to reach: of a job's id all uses.
  public let reach: [Int64]

  /// - Parameter isToShow: as in ``Registry/runs(named:orOfConfig:isToShow:)``.
  public init(_ target: Target, in registry: Registry, isToShow: Bool = false) throws {
    self.target = target
    before = try registry.runs(named: target, isToShow: isToShow)
    switch target {
    case .job(let id), .task(let id, _):
      let slurm = ExecutorName.slurm.rawValue
      reach = try registry.runs(.job(id)).filter { $0.executor == slurm }.map(\.id)
    case .name, .experiment, .run: reach = before.map(\.id)
    }
  }

  /// The keys of the runs that it names after the look: what the id means by now, and what it meant and has moved to
  /// another job since.
  public func after(_ registry: Registry) throws -> [Int64] {
    if target.isName { return reach }
    let now = try registry.runs(named: target).map(\.id)
    let former = Dictionary(before.map { ($0.id, $0.submissionID) }, uniquingKeysWith: { $1 })
    let moved = try registry.runs(.ids(before.map(\.id))).filter {
      former[$0.id] != $0.submissionID && !now.contains($0.id)
    }
    return now + moved.map(\.id)
  }
}

extension Registry {
  /// The runs that a target names; a name may be a run's or an experiment's. A job id is Slurm's, for
  /// a local run's process may well have the number of somebody's job; one that was used again names
  /// the runs of its newest use.
  /// - Parameters:
  ///   - orOfConfig: whether the first digits of a config's id name its runs, where nothing else is called so.
  ///   - isToShow: whether they are only to be shown: what is both a run's name and an experiment's means both
  ///     then.
  /// - Throws: ``Failure`` with the nearest name where a name is unknown, and where it has two meanings; an unknown
  ///   job id gives no runs, for Slurm may know it.
  public func runs(
    named target: Target, orOfConfig: Bool = false, isToShow: Bool = false
  ) throws -> [RunRecord] {
    switch target {
    case .job(let id): return newestUse(try runs(.job(id)))
    case .task(let id, let index):
      return newestUse(try runs(.job(id, arrayIndex: index)).filter(\.isArray))
    case .name(let name):
      let named = try runs(.name(name))
      let experiments = try experimentNames()
      if let run = named.first, experiments.contains(name) {
        if isToShow { return named + (try runs(.experiment(name))) }
        throw Failure(
          "\(printable(name)) is a run of the experiment \(printable(run.experiment)), and an experiment, too",
          hint: "\(printable(name))/ means the experiment, "
            + "\(printable(run.experiment))/\(printable(name)) the run", status: .usage)
      }
      if !named.isEmpty { return named }
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
    case .experiment(let name):
      let known = try experimentNames()
      guard known.contains(name) else {
        throw Failure(
          "no experiment is called \(printable(name))\(didYouMean(name, in: known))",
          hint: "`orchestrate status --all` lists all runs", status: .nothing)
      }
      return try runs(.experiment(name))
    case .run(let name, let experiment):
      let found = try runs(.name(name)).filter { $0.experiment == experiment }
      guard !found.isEmpty else {
        throw Failure(
          "the experiment \(printable(experiment)) has no run \(printable(name))",
          hint: "`orchestrate status --all` lists all runs", status: .nothing)
      }
      return found
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
