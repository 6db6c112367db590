import Registry

/// How the arrays of one wish share `max_parallel`, which Slurm applies to each of them by itself.
///
/// Each new array waits for the end of those before it, but for the newest with which it stays within the
/// bound together. So of any arrays that run at the same time the one that came last does not wait for the
/// others, and all of them together are within the bound.
package enum Lanes {
  /// The jobs that an array has to wait for.
  /// - Parameters:
  ///   - runs: the array's runs.
  ///   - bound: how many of the wish may run at once.
  ///   - parts: what the executor holds of the wish, oldest first.
  package static func predecessors(of runs: Int, bound: Int, among parts: [PartAtWork]) -> [Int] {
    var free = bound - min(runs, bound)
    var jobs: [Int] = []
    for part in parts.reversed() {
      let width = min(part.runs, bound)
      if width <= free { free -= width } else { jobs.append(part.jobID) }
    }
    return jobs.reversed()
  }

  /// Slurm's dependency of such an array.
  /// - Parameter wished: what the user lets it wait for.
  package static func dependency(
    of runs: Int, bound: Int, among parts: [PartAtWork], besides wished: String?
  ) -> String? {
    let jobs = predecessors(of: runs, bound: bound, among: parts)
    if jobs.isEmpty { return nil }
    let own = (["afterany"] + jobs.map(String.init)).joined(separator: ":")
    return [wished, own].compactMap { $0 }.joined(separator: ",")
  }
}
