import Foundation

/// One look at Slurm: one squeue, and one sacct only for what squeue does not show.
struct SlurmObserver {
  let commands: SlurmCommands

  /// What squeue shows under the names of these jobs, under others that look like ours, and of their ids.
  /// - Throws: ``SlurmFailure`` also for an answer that is none.
  func queue(_ jobs: [JobReference]) async throws(SlurmFailure) -> [SlurmRow] {
    let text = try await commands.query("squeue", QueueListing.arguments)
    var ids: Set<Int> = []
    var last: Int?
    for job in jobs where job.jobID != last {
      last = job.jobID
      if let last { ids.insert(last) }
    }
    guard let rows = QueueListing.read(text, tokens: jobs.tokens, ids: ids) else {
      throw .failed("squeue", words: "it ended well and printed no table of jobs")
    }
    return rows
  }

  func observe(_ jobs: [JobReference], discovering: Bool) async -> Observation {
    var answer = Observation(jobs: [], isComplete: true, hasAccounting: true)
    guard !jobs.isEmpty || discovering else { return answer }
    var rows: [SlurmRow] = []
    do { rows = try await queue(jobs) } catch {
      answer.isComplete = false
      answer.warnings.append("the queue is not known: \(error)")
    }
    answer.rows = rows
    answer.knownTokens = rows.tokens
    answer.listedTokens = answer.knownTokens
    if discovering {
      let strangers = Strangers(besides: jobs)
      (answer.strangers, answer.endedAgain) = (strangers.among(rows), strangers.endedAgain(rows))
    }
    var unseen = take(jobs, from: RowIndex(rows), into: &answer)
    if !unseen.isEmpty {
      var history = await history(unseen, &answer)
      answer.knownTokens.formUnion(history.tokens)
      // A job that was started again, by Slurm or by somebody, may live in the queue that we did not see, and
      // the books keep a row for each of its starts. Only a good end is an end whatever came after it.
      if !answer.isComplete { history.removeAll { $0.phase != .completed } }
      unseen = take(unseen, from: RowIndex(history), into: &answer)
      answer.copies = copies(of: unseen, among: rows.filter(\.isLive))
      answer.renamed = renamed(unseen, among: rows)
    }
    warnOfUnknownWords(&answer)
    return answer
  }

  /// Moves what is found into the answer and gives back the rest.
  private func take(
    _ jobs: [JobReference], from index: RowIndex, into answer: inout Observation
  ) -> [JobReference] {
    var rest: [JobReference] = []
    answer.jobs.reserveCapacity(answer.jobs.count + jobs.count)
    index.forEach(of: jobs) { job, row in
      if let row {
        answer.jobs.append(row.observation(of: job.arrayIndex))
      } else {
        rest.append(job)
      }
    }
    return rest
  }

  /// What lives under the names of jobs whose ids nobody knows.
  private func copies(of jobs: [JobReference], among rows: [SlurmRow]) -> [JobObservation] {
    let tokens = rows.tokens
    let named = jobs.filter { tokens.contains($0.token) }.map(\.byName)
    var copies: [JobObservation] = []
    RowIndex(rows).forEach(of: named) { job, row in
      if let row { copies.append(row.observation(of: job.arrayIndex)) }
    }
    return copies
  }

  /// What has the ids of these jobs and bears other names. Of an array one task alone may have been renamed.
  private func renamed(_ jobs: [JobReference], among rows: [SlurmRow]) -> [JobObservation] {
    let rowsByID = Dictionary(grouping: rows, by: \.jobID)
    var others: [JobObservation] = []
    for (token, group) in Dictionary(grouping: jobs, by: \.token) {
      let ids = Set(group.compactMap(\.jobID))
      let relabelled = ids.flatMap { rowsByID[$0] ?? [] }.filter { $0.token != token }.map { row in
        var row = row
        row.token = token
        return row
      }
      if relabelled.isEmpty { continue }
      RowIndex(relabelled).forEach(of: group.filter { $0.jobID != nil }) { job, row in
        if let row { others.append(row.observation(of: job.arrayIndex)) }
      }
    }
    return others
  }

  private func history(_ jobs: [JobReference], _ answer: inout Observation) async -> [SlurmRow] {
    let arguments = AccountingListing.arguments(for: jobs, now: Date().timeIntervalSince1970)
    do {
      let text = try await commands.query("sacct", arguments)
      if let rows = AccountingListing.read(text, tokens: jobs.tokens) { return rows }
      answer.warnings.append(
        "finished jobs are not known: sacct ended well and printed no table of jobs")
    } catch {
      // Many sites have no accounting by choice: that is no news to anybody.
      if "\(error)".contains("accounting storage is disabled") || error == .notInstalled("sacct") {
        answer.accounting = .none
        return []
      }
      answer.warnings.append("finished jobs are not known: \(error)")
    }
    answer.accounting = .failed
    return []
  }

  private func warnOfUnknownWords(_ answer: inout Observation) {
    var words: Set<String> = []
    for job in answer.jobs {
      if case .unknown(let word) = job.phase, words.insert(word).inserted {
        answer.warnings.append("Slurm's word \(word) for a job's state is not known here")
      }
    }
  }
}

/// What bears a token; those that follow each other mostly bear the same.
protocol Tokened {
  var token: String { get }
}

extension JobReference: Tokened {}
extension SlurmRow: Tokened {}

extension Array where Element: Tokened {
  /// Every token once.
  var tokens: Set<String> {
    var tokens: Set<String> = []
    var last: String?
    for element in self where element.token != last {
      last = element.token
      tokens.insert(element.token)
    }
    return tokens
  }
}
