/// Finds the row that speaks of a job, in constant time for each of ten thousand tasks.
struct RowIndex {
  /// The rows of one name and id.
  private struct Job {
    var whole: [SlurmRow] = []
    var single: [Int: [SlurmRow]] = [:]
    var several: [(ArrayIndices, SlurmRow)] = []

    mutating func add(_ row: SlurmRow) {
      switch row.tasks {
      case .whole: whole.append(row)
      case .some(let indices):
        if let index = indices.single {
          single[index, default: []].append(row)
        } else {
          several.append((indices, row))
        }
      }
    }

    func rows(of index: Int?) -> [SlurmRow] {
      guard let index else { return whole }
      let exact = single[index, default: []] + several.filter { $0.0.contains(index) }.map(\.1)
      // Accounting has one row without indices for all tasks that were ended before they started.
      return exact.isEmpty ? whole.filter { !$0.isLive } : exact
    }
  }

  private var jobs: [String: [Int: Job]] = [:]

  init(_ rows: [SlurmRow]) {
    for row in rows { jobs[row.token, default: [:]][row.jobID, default: Job()].add(row) }
  }

  /// The id under which these rows know a job; `nil` where they do not.
  ///
  /// A name alone is not enough: somebody may have submitted our script once more by hand. Where the
  /// id is known it must be the same; where it is not, the first job under the name is ours.
  func jobID(of job: JobReference) -> Int? {
    guard let ids = jobs[job.token]?.keys else { return nil }
    guard let id = job.jobID else { return ids.min() }
    return ids.contains(id) ? id : nil
  }

  /// The newest row about this job, or `nil`.
  func row(for job: JobReference) -> SlurmRow? {
    guard let id = jobID(of: job), let rows = jobs[job.token]?[id]?.rows(of: job.arrayIndex)
    else { return nil }
    return rows.max { Self.age($0) < Self.age($1) }
  }

  /// A requeued job's newest submission counts; of one submission what has not ended.
  private static func age(_ row: SlurmRow) -> (Double, Double) {
    (row.submitTime ?? 0, row.endTime ?? .infinity)
  }
}
