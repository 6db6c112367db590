import Scripts

/// What a job asks of the cluster.
public struct Resources: Hashable, Sendable {
  /// The partition; `nil` for the cluster's default.
  public var partition: String?
  /// The time limit in one of Slurm's forms; see `slurmSeconds`.
  public var time: String?
  /// The number of nodes.
  public var nodes: Int?
  /// Tasks (MPI ranks) on each node.
  public var tasksPerNode: Int?
  /// CPUs of each task.
  public var cpusPerTask: Int?
  /// The memory of each node, as in `4G`.
  public var memory: String?
  /// The GPUs of the whole job, as in `2` or `a100:2`; `nil` for none.
  public var gpus: String?
  /// The account to charge.
  public var account: String?
  /// The quality of service.
  public var qos: String?
  /// How many runs of the submission may run at once.
  public var maxParallel: Int?
  /// How many seconds before the time limit the trainer is warned by USR1; 0 for no warning, `nil`
  /// where the file does not say. See ``signalSeconds(isTrain:)``.
  public var signalBeforeEnd: Int?
  /// Any other options of sbatch, in the order they were written.
  public var further: [Directive]

  /// Resources that ask for nothing: the cluster's defaults.
  public init() { further = [] }

  /// The `#SBATCH` options that ask for all this. The throttle is not among them: it belongs to the
  /// array.
  /// - Throws: `ScriptError` where a value set by hand cannot be one of its option.
  public func directives() throws(ScriptError) -> [Directive] {
    let values: [(String, String?)] = [
      ("partition", partition), ("account", account), ("qos", qos), ("time", time),
      ("nodes", nodes.map(String.init)), ("ntasks-per-node", tasksPerNode.map(String.init)),
      ("cpus-per-task", cpusPerTask.map(String.init)), ("mem", memory), ("gpus", gpus),
    ]
    var result: [Directive] = []
    for case (let option, let value?) in values { result.append(try Directive(option, value)) }
    return result + further
  }

  /// How many seconds before the time limit the job asks for the warning, `nil` for none.
  ///
  /// What the file says counts. Where it is silent only `train` is warned, for USR1 ends a program that
  /// does not know it: a tenth of the time limit before it, within 10 s and 2 min, and 1 min where no
  /// limit is named.
  public func signalSeconds(isTrain: Bool) -> Int? {
    if let signalBeforeEnd { return signalBeforeEnd > 0 ? signalBeforeEnd : nil }
    guard isTrain else { return nil }
    let limit = time ?? further.last { $0.option == "time" }?.value
    guard let seconds = limit.flatMap(slurmSeconds) else { return 60 }
    return Int(min(120, max(10, seconds / 10)))
  }

  /// The same with a site's defaults where nothing is asked for.
  public func filled(from site: SiteDefaults) -> Resources {
    var result = self
    result.partition = partition ?? site.partition
    result.account = account ?? site.account
    result.qos = qos ?? site.qos
    let own = Set(further.map(\.option))
    result.further = site.directives.filter { !own.contains($0.option) } + further
    return result
  }
}
