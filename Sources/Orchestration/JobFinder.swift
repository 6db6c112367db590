import Registry
import Scheduler

/// Finds the jobs of runs in an executor's answer. It mostly has them in the order in which they were asked
/// for, and ten thousand names need not be hashed then.
struct JobFinder {
  private let jobs: [JobObservation]
  private var next = 0
  private lazy var byTask = Dictionary(
    jobs.map { (TaskKey(token: $0.token, index: $0.arrayIndex), $0) },
    uniquingKeysWith: { first, _ in first })

  init(_ jobs: [JobObservation]) { self.jobs = jobs }

  /// The job of a run, or `nil`.
  subscript(run: RunRecord) -> JobObservation? {
    mutating get {
      if next < jobs.count, jobs[next].arrayIndex == run.arrayTask, jobs[next].token == run.token {
        next += 1
        return jobs[next - 1]
      }
      return jobs.isEmpty ? nil : byTask[TaskKey(run)]
    }
  }
}

/// What names one task in an executor's answer.
struct TaskKey: Hashable {
  var token: String
  var index: Int?

  init(token: String, index: Int?) {
    self.token = token
    self.index = index
  }

  init(_ run: RunRecord) { self.init(token: run.token ?? "", index: run.arrayTask) }
}

/// Jobs that bear another name than the one they were given, by their ids and the times at which Slurm took
/// them: an id alone may have been used again.
struct Renamed {
  private let jobs: [Int64: JobObservation]

  init(_ candidates: [JobObservation], of runs: [RunRecord], in registry: Registry) throws {
    var jobs: [Int64: JobObservation] = [:]
    if !candidates.isEmpty {
      var finder = JobFinder(candidates)
      let found = runs.compactMap { run in finder[run].map { (run, $0) } }
      let times = try registry.submitTimes(of: found.map(\.0))
      for (run, job) in found {
        guard let time = job.submitTime, times[run.id]?.contains(time) == true else { continue }
        jobs[run.id] = job
      }
    }
    self.jobs = jobs
  }

  /// The job of a run, or `nil`.
  subscript(run: RunRecord) -> JobObservation? { jobs[run.id] }
}
