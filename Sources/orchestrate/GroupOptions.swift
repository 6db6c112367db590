import ArgumentParser
import Orchestration
import Registry
import Reports

extension Moment: ExpressibleByArgument {}
extension MetricChoice: ExpressibleByArgument {}

/// How runs are put together and by what they are judged.
struct GroupOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Put runs together by parameters, separated by commas, or by the words experiment or config; auto: all that differ but the seed. The seeds fold into each group.",
      valueName: "names"))
  var by: String?

  @Option(
    help: ArgumentHelp(
      "A metric that is shown, as in val_loss or accuracy:max; may be repeated. The first is the one that groups are judged by.",
      valueName: "name[:max]"))
  var metric: [MetricChoice] = []

  @Option(
    help: ArgumentHelp(
      "The group that all others are compared with: penalty=exponential,corr_weight=0.1.",
      valueName: "conditions"))
  var baseline: String?

  @Option(help: "Which value of the metric groups are judged by: last or best.")
  var value: Moment = .last

  @Flag(help: "Count the values of runs that have not finished, too.")
  var unfinished = false

  /// The names that runs are put together by; `nil` for a row a run.
  var names: [String]? {
    guard let by else { return baseline == nil ? nil : [GroupKey.automatic] }
    return by.split(separator: ",").map(trimmed).filter { !$0.isEmpty }
  }

  func validate() throws {
    if let names, names.isEmpty {
      throw ValidationError("--by names no parameter; as in --by penalty,corr_weight")
    }
  }

  /// Reads what became of runs.
  /// - Parameter further: Metrics that are read besides those asked for.
  func compared(
    _ runs: [RunRecord], reading further: [String] = [], in registry: Registry
  ) throws -> ComparedRuns {
    do {
      return try ComparedRuns(
        runs, metrics: metric, reading: further, in: registry, now: now())
    } catch let error as MetricError { throw Failure("--metric: \(error)", status: .usage) }
  }

  /// The runs in groups.
  func groups(_ compared: ComparedRuns, by names: [String]) throws -> GroupReport {
    do {
      return try GroupReport(compared, by: names, scope: unfinished ? .all : .finished)
    } catch { throw Failure("--by: \(error)", status: .usage) }
  }

  /// The groups against their baseline, where one was named.
  func against(_ report: GroupReport) throws -> BaselineReport? {
    guard let baseline else { return nil }
    do {
      let conditions = try baseline.split(separator: ",").map { try RunCondition(String($0)) }
      return try BaselineReport(report, baseline: conditions, value)
    } catch { throw Failure("--baseline: \(error)", status: .usage) }
  }
}
