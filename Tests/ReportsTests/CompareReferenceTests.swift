import Foundation
import Registry
import Reports
import RunContract
import Testing

/// Groups and comparisons of recorded runs are those that pandas and SciPy compute of the same rows:
/// Tools/oracle/compare_reference.py.
@Suite struct CompareReference {
  let expected: JSONValue
  let report: GroupReport
  private let recorded: RecordedRuns

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Reference")
    func rows(_ name: String) throws -> [[String]] {
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        .split(separator: "\n").dropFirst().map { $0.components(separatedBy: ",") }
    }
    var steps: [String: [(epoch: Int, values: [String: Double])]] = [:]
    for row in try rows("metrics.csv") {
      let (name, step) = (row[0], try #require(Int(row[1])))
      if steps[name, default: []].count < step {
        steps[name, default: []].append((try #require(Int(row[2])), [:]))
      }
      steps[name]?[step - 1].values[row[3]] = Double(row[4])
    }
    recorded = try RecordedRuns(
      try rows("runs.csv").map { row in
        RecordedRuns.Run(
          parameters: [
            "penalty": .string(row[1]), "corr_weight": .number(try #require(Double(row[2]))),
            "seed": .number(try #require(Double(row[3]))),
          ], state: try #require(RunState(rawValue: row[4])), steps: steps[row[0]] ?? [])
      })
    expected = try JSONValue(
      parsing: try Data(contentsOf: folder.appending(path: "expected.json")))
    report = try GroupReport(
      try recorded.compared([MetricChoice("val_loss"), MetricChoice("loss")]),
      by: ["penalty", "corr_weight"])
  }

  @Test func groupsAreThoseOfPandas() throws {
    let groups = try #require(report.json.array)
    let wanted = try #require(expected["groups"]?.array)
    #expect(groups.count == wanted.count && wanted.count == 4)
    for (group, wanted) in zip(groups, wanted) {
      let name = try #require(wanted["penalty"]?.string)
      #expect(group["group"]?["penalty"]?.string == name)
      for key in [
        "n", "finished", "exploded", "failed_otherwise", "active", "epochs_in_band",
        "epochs_with_norms",
      ] { #expect(group[key]?.integer == wanted[key]?.integer, "\(name) \(key)") }
      let highest = try #require(group["highest_grad_norm"]?.number)
      let wantedHighest = try #require(wanted["highest_grad_norm"]?.number)
      // Of norms that are not finite, the first is told, whichever it is.
      #expect(highest == wantedHighest || !highest.isFinite && !wantedHighest.isFinite, "\(name)")
      for metric in ["loss", "val_loss"] {
        for moment in ["last", "best"] {
          try expectSame(
            group["metrics"]?[metric]?[moment], wanted["metrics"]?[metric]?[moment],
            ["n", "not_finite", "mean", "sd", "low", "high"], "\(name) \(metric) \(moment)")
        }
      }
    }
  }

  @Test func comparisonsAreThoseOfSciPy() throws {
    let baseline = try BaselineReport(
      report, baseline: [try RunCondition("penalty=exponential")], .last)
    let comparisons = try #require(baseline.json["comparisons"]?.array)
    let wanted = try #require(expected["comparisons"]?.array)
    #expect(comparisons.count == wanted.count && wanted.count == 3)
    for (comparison, wanted) in zip(comparisons, wanted) {
      let name = try #require(wanted["penalty"]?.string)
      #expect(comparison["group"]?.string?.contains("penalty=\(name)") == true)
      #expect(comparison["paired"] == wanted["paired"])
      var keys = ["n", "difference", "p", "p_holm", "p_fisher", "p_fisher_holm"]
      // Two samples have no exact distribution of SciPy's to be held against.
      if wanted["low"] != nil { keys += ["low", "high"] }
      if wanted["n_baseline"] != nil { keys.append("n_baseline") }
      try expectSame(comparison, wanted, keys, name)
      let rate = comparison["exploded"]
      #expect(rate?["exploded"]?.integer == wanted["exploded"]?.integer)
      #expect(rate?["n"]?.integer == wanted["exploded_n"]?.integer)
      let intervals = [
        (rate, wanted["exploded_interval"]),
        (comparison["exploded_baseline"], wanted["baseline_interval"]),
      ]
      for (rate, interval) in intervals {
        #expect(isClose(rate?["low"]?.number, interval?.array?.first?.number), "\(name)")
        #expect(isClose(rate?["high"]?.number, interval?.array?.last?.number), "\(name)")
      }
    }
  }

  private func expectSame(
    _ found: JSONValue?, _ wanted: JSONValue?, _ keys: [String], _ name: String
  ) throws {
    let wanted = try #require(wanted)
    for key in keys {
      let (left, right) = (found?[key]?.number, wanted[key]?.number)
      #expect(isClose(left, right), "\(name) \(key): \(left as Any), not \(right as Any)")
    }
  }

  /// Sums in another order differ in their last digits.
  private func isClose(_ left: Double?, _ right: Double?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    return abs(left - right) <= 1e-9 * max(1e-3, abs(right))
  }
}
