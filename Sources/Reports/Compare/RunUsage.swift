import Registry

/// The time that a run took and the nodes it held meanwhile, over all its jobs.
public struct RunUsage: Sendable, Equatable {
  /// Wall-clock seconds, the sum over the jobs; `nil` where none has started.
  public let seconds: Double?
  /// Nodes times hours; `nil` where none has started.
  public let nodeHours: Double?

  /// The usage of a run.
  /// - Parameters:
  ///   - jobs: The jobs it has had, in the order of their submission.
  ///   - now: Until when a job that has not ended is counted.
  public init(_ run: RunRecord, jobs: [JobUsage], now: Double) {
    // A run without a job that somebody has seen was started by us, on this machine.
    let known =
      jobs.isEmpty
      ? [JobUsage(startTime: run.startedAt, endTime: run.endedAt, nodes: run.nodes)] : jobs
    let spans = known.enumerated().compactMap { index, job -> (seconds: Double, nodes: Int)? in
      let isLast = index == known.count - 1
      guard let start = job.startTime ?? (isLast ? run.startedAt : nil) else { return nil }
      let end = job.endTime ?? (isLast ? run.endedAt ?? (run.state == .running ? now : nil) : nil)
      guard let end else { return nil }
      return (max(0, end - start), hostCount(job.nodes ?? run.nodes ?? ""))
    }
    var total = (seconds: 0.0, nodeHours: 0.0)
    for span in spans {
      total.seconds += span.seconds
      total.nodeHours += span.seconds / 3600 * Double(span.nodes)
    }
    seconds = spans.isEmpty ? nil : total.seconds
    nodeHours = spans.isEmpty ? nil : total.nodeHours
  }
}

/// How many hosts a list in Slurm's notation names: 4 for `gpu[01-03],login`; one where there is nothing to
/// read, for something did run.
package func hostCount(_ list: String) -> Int {
  // Whatever a registry says.
  let mostHosts = 1_000_000
  var count = 0
  var name = ""
  var bracket: String?
  var factor = 1
  func close() {
    if !name.isEmpty { count = min(count + factor, mostHosts) }
    (name, factor) = ("", 1)
  }
  for character in list {
    switch (character, bracket) {
    case ("[", nil): bracket = ""
    case ("]", let ranges?):
      factor = min(factor * min(rangeCount(ranges), mostHosts), mostHosts)
      name += "[]"
      bracket = nil
    case (_, let ranges?): bracket = ranges + String(character)
    case (",", nil): close()
    default: name.append(character)
    }
  }
  close()
  return max(1, count)
}

/// How many numbers `01-03,7` names.
private func rangeCount(_ ranges: String) -> Int {
  let count = ranges.split(separator: ",").reduce(0) { sum, range in
    let ends = range.split(separator: "-").compactMap { Int($0) }
    guard ends.count == 2, ends[0] <= ends[1] else { return sum + 1 }
    return sum + min(ends[1] - ends[0], 1_000_000) + 1
  }
  return max(1, count)
}
