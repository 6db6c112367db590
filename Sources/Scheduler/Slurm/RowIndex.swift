/// Finds the row that speaks of a job, in constant time for each of ten thousand tasks.
struct RowIndex {
  /// The rows of one name and id: the places of the newest ones in ``rows``.
  private struct Job {
    var id: Int
    /// Another id under the same name.
    var next: Int?
    /// The newest row of a job that is no array, and the newest that says that it has ended.
    var whole: Int?
    var wholeEnded: Int?
    /// By array index; -1 where there is none.
    var tasks: [Int32] = []

    func place(of index: Int?) -> Int? {
      guard let index else { return whole }
      if tasks.indices.contains(index), tasks[index] >= 0 { return Int(tasks[index]) }
      // Accounting has one row without indices for all tasks that were ended before they started.
      return wholeEnded
    }
  }

  private let rows: [SlurmRow]
  private var jobs: [Job] = []
  /// For each name the first of the jobs under it.
  private var named: [String: Int] = [:]

  init(_ rows: [SlurmRow]) {
    self.rows = rows
    jobs.reserveCapacity(rows.count)
    named.reserveCapacity(rows.count)
    var last: (row: SlurmRow, job: Int)?
    for (place, row) in rows.enumerated() {
      var job = last?.job ?? 0
      if last?.row.jobID != row.jobID || last?.row.token != row.token { job = self.job(for: row) }
      last = (row, job)
      add(row, at: place, to: job)
    }
  }

  private mutating func job(for row: SlurmRow) -> Int {
    let first = named[row.token]
    if let first, let known = chain(from: first).first(where: { jobs[$0].id == row.jobID }) {
      return known
    }
    jobs.append(Job(id: row.jobID, next: first))
    named[row.token] = jobs.count - 1
    return jobs.count - 1
  }

  /// The jobs under one name.
  private func chain(from first: Int) -> some Sequence<Int> {
    sequence(first: first) { jobs[$0].next }
  }

  private mutating func add(_ row: SlurmRow, at place: Int, to job: Int) {
    switch row.tasks {
    case .whole:
      jobs[job].whole = newer(place, jobs[job].whole)
      if !row.isLive { jobs[job].wholeEnded = newer(place, jobs[job].wholeEnded) }
    case .one(let index): add(place, to: job, task: index)
    case .some(let indices): for index in indices.all { add(place, to: job, task: index) }
    }
  }

  private mutating func add(_ place: Int, to job: Int, task index: Int) {
    guard index <= ArrayIndices.most else { return }
    let missing = index + 1 - jobs[job].tasks.count
    if missing > 0 { jobs[job].tasks.append(contentsOf: repeatElement(-1, count: missing)) }
    let known = jobs[job].tasks[index]
    jobs[job].tasks[index] = Int32(newer(place, known < 0 ? nil : Int(known)))
  }

  /// A requeued job's newest submission counts; of one submission what has not ended.
  private func newer(_ place: Int, _ known: Int?) -> Int {
    func age(_ place: Int) -> (Double, Double) {
      (rows[place].submitTime ?? 0, rows[place].endTime ?? .infinity)
    }
    guard let known, !(age(known) < age(place)) else { return place }
    return known
  }

  /// The id under which these rows know a job; `nil` where they do not.
  ///
  /// A name alone is not enough: somebody may have submitted our script once more by hand. Where the
  /// id is known it must be the same; where it is not, the first job under the name is ours.
  func jobID(of job: JobReference) -> Int? { place(of: job).map { jobs[$0].id } }

  /// The newest row about this job, or `nil`.
  func row(for job: JobReference) -> SlurmRow? {
    guard let found = place(of: job) else { return nil }
    return jobs[found].place(of: job.arrayIndex).map { rows[$0] }
  }

  /// Takes each job together with the newest row about it; tasks of one job that follow each other
  /// are looked up by name only once.
  func forEach(of wanted: [JobReference], _ body: (JobReference, SlurmRow?) -> Void) {
    var last: (token: String, id: Int?, job: Int?)?
    for job in wanted {
      if last?.id != job.jobID || last?.token != job.token {
        last = (job.token, job.jobID, place(of: job))
      }
      body(job, last?.job.flatMap { jobs[$0].place(of: job.arrayIndex) }.map { rows[$0] })
    }
  }

  private func place(of job: JobReference) -> Int? {
    guard let first = named[job.token] else { return nil }
    guard let id = job.jobID else { return chain(from: first).min { jobs[$0].id < jobs[$1].id } }
    return chain(from: first).first { jobs[$0].id == id }
  }
}
