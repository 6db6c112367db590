/// What a site's `slurm.conf` says that decides how jobs are submitted and for how long they are
/// remembered.
public struct SlurmSiteFacts: Sendable, Equatable {
  /// Every array index must be below it; 1001 unless the site says otherwise.
  public var maxArraySize: Int
  /// The most tasks of one array, where the site sets a bound below `maxArraySize`.
  public var maxArrayTasks: Int?
  /// How many jobs, each array task counted, the controller holds at a time.
  public var maxJobCount: Int
  /// Seconds that squeue shows a job after its end.
  public var minJobAge: Int
  /// Whether a job that says nothing of it may be requeued.
  public var jobRequeue: Bool
  /// Seconds between TERM and KILL when a job's time is over or it is cancelled.
  public var killWait: Int

  /// The cluster's name.
  public var clusterName: String?

  /// Facts; Slurm's own defaults where nothing else is said.
  public init(
    maxArraySize: Int = 1001, maxArrayTasks: Int? = nil, maxJobCount: Int = 10_000,
    minJobAge: Int = 300, jobRequeue: Bool = true, killWait: Int = 30
  ) {
    self.maxArraySize = maxArraySize
    self.maxArrayTasks = maxArrayTasks
    self.maxJobCount = maxJobCount
    self.minJobAge = minJobAge
    self.jobRequeue = jobRequeue
    self.killWait = killWait
  }

  /// The most tasks that an array may have here, indices counted from 0; a single run needs no array.
  public var mostTasks: Int {
    max(1, min(maxArraySize, maxArrayTasks ?? .max, maxJobCount))
  }

  /// Reads `scontrol show config`; `nil` for what is no such text.
  init?(configuration text: String) {
    var values: [Substring: Int] = [:]
    var cluster: String?
    var arrayTasks: Int?
    let (lineFeed, equals, space) = (UInt8(ascii: "\n"), UInt8(ascii: "="), UInt8(ascii: " "))
    // By bytes: it is two hundred lines, and an array waits for them.
    for line in text.utf8.split(separator: lineFeed) {
      guard let sign = line.firstIndex(of: equals),
        let name = line[..<sign].split(separator: space, maxSplits: 1).first,
        // `300 sec`, `1`
        let value = line[line.index(after: sign)...].split(separator: space, maxSplits: 1).first
      else { continue }
      if cluster == nil, name.elementsEqual("ClusterName".utf8) {
        cluster = String(Substring(value)).lowercased()
      }
      if name.elementsEqual("SchedulerParameters".utf8) {
        arrayTasks = Self.maxArrayTasks(in: Substring(value))
      }
      if let number = Int(Substring(value)) { values[Substring(name)] = number }
    }
    guard let size = values["MaxArraySize"] else { return nil }
    self.init(maxArraySize: size, maxArrayTasks: arrayTasks)
    maxJobCount = values["MaxJobCount"] ?? maxJobCount
    minJobAge = values["MinJobAge"] ?? minJobAge
    jobRequeue = values["JobRequeue"].map { $0 != 0 } ?? jobRequeue
    killWait = values["KillWait"] ?? killWait
    clusterName = cluster
  }

  /// Reads `batch_sched_delay=3,max_array_tasks=1000`.
  private static func maxArrayTasks(in parameters: Substring) -> Int? {
    for part in parameters.split(separator: ",") {
      let words = part.split(separator: "=", maxSplits: 1)
      if words.count == 2, words[0].lowercased() == "max_array_tasks" { return Int(words[1]) }
    }
    return nil
  }
}
