/// One call of scancel and the jobs that it asks the end of.
struct ScancelCall: Sendable {
  var arguments: [String] = []
  var jobs: [JobReference] = []
  /// The ids that the arguments name, in the order of ``jobs``.
  private var ids: [Int] = []
  private var length = 0

  init() {}

  /// All that is left of a job.
  init(whole job: JobReference, jobID: Int) {
    add("\(jobID)", [job], jobID)
    arguments.insert("--name=\(job.token)", at: 0)
  }

  mutating func add(_ argument: String, _ jobs: [JobReference], _ jobID: Int) {
    arguments.append(argument)
    self.jobs += jobs
    ids += repeatElement(jobID, count: jobs.count)
    length += argument.utf8.count
  }

  /// Far below what the kernel takes for the arguments of a program.
  private static let limit = 256 << 10

  func hasRoom(for argument: String) -> Bool {
    arguments.isEmpty || length + argument.utf8.count <= Self.limit
  }

  /// The jobs that nothing is said against; none where it is not said against whom.
  func jobs(besidesThoseIn complaints: [String]) -> [JobReference] {
    if complaints.isEmpty { return jobs }
    let named = complaints.map { $0.firstMatch(of: /job id (\d+)/).flatMap { Int($0.1) } }
    guard !named.contains(nil) else { return [] }
    let refused = Set(named.compactMap { $0 })
    return zip(jobs, ids).filter { !refused.contains($1) }.map(\.0)
  }
}

/// What is to be ended, and by how few calls.
struct Wanted {
  private struct Target: Hashable {
    var token: String
    var jobID: Int
  }

  private var wholes: [ScancelCall] = []
  private var tasks: [Target: [JobReference]] = [:]

  mutating func add(_ job: JobReference, as jobID: Int) {
    if job.arrayIndex == nil {
      wholes.append(ScancelCall(whole: job, jobID: jobID))
    } else {
      tasks[Target(token: job.token, jobID: jobID), default: []].append(job)
    }
  }

  /// The tasks of one argument: no list is longer than the kernel takes for one.
  private static let tasksAtOnce = 8192

  /// Tasks of all arrays together, then each whole job alone, which its name protects.
  var calls: [ScancelCall] {
    var together: [ScancelCall] = []
    for (target, jobs) in tasks.sorted(by: { $0.key.jobID < $1.key.jobID }) {
      let sorted = jobs.sorted { ($0.arrayIndex ?? 0) < ($1.arrayIndex ?? 0) }
      for start in stride(from: 0, to: sorted.count, by: Self.tasksAtOnce) {
        let part = Array(sorted[start..<min(start + Self.tasksAtOnce, sorted.count)])
        let argument = "\(target.jobID)_\(ArrayIndices.list(part.compactMap(\.arrayIndex)))"
        if together.last?.hasRoom(for: argument) != true { together.append(ScancelCall()) }
        together[together.count - 1].add(argument, part, target.jobID)
      }
    }
    return together + wholes
  }
}
