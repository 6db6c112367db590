import Registry
import RunContract

/// Runs that are compared, and the metrics by which.
public struct ComparedRuns: Sendable {
  public let runs: [RunSummary]
  /// Those of the metrics that any run has; the first is the one that runs are judged by.
  public let metrics: [MetricChoice]

  /// Reads what became of runs.
  /// - Parameters:
  ///   - metrics: The metrics asked for; empty for the usual ones.
  ///   - further: Metrics whose courses are read besides.
  ///   - now: Until when a run that is not over has used its nodes.
  /// - Throws: ``MetricError`` where no run has a metric that was asked for; `RegistryError`.
  public init(
    _ runs: [RunRecord], metrics: [MetricChoice] = [], reading further: [String] = [],
    in registry: Registry, now: Double
  ) throws {
    let asked = metrics.isEmpty ? MetricChoice.usual : metrics
    let summaries = try RunSummary.read(
      runs, asked.map(\.name) + further, in: registry, now: now)
    let found = Set(summaries.flatMap(\.courses.keys))
    if let missing = metrics.first(where: { !found.contains($0.name) }) {
      throw MetricError(name: missing.name, known: try registry.metricNames(runs: runs.map(\.id)))
    }
    self.runs = summaries
    var seen: Set<String> = []
    self.metrics = asked.filter { found.contains($0.name) && seen.insert($0.name).inserted }
  }
}

/// A metric that no run has.
public struct MetricError: Error, CustomStringConvertible {
  let name: String
  let known: [String]

  public var description: String {
    "no run here has a metric \(printable(name))\(didYouMean(name, in: known))"
      + (known.isEmpty
        ? "; they have none yet" : "; there are \(known.map(printable).joined(separator: ", "))")
  }
}
