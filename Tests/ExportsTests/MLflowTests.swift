import Exports
import RunContract
import TestSupport
import Testing

@Suite(.enabled(Readers.missing, { await Readers.areAvailable() }), .timeLimit(.minutes(10)))
struct MLflow {
  /// The names as a reader that goes by the tags finds them.
  private func original(_ name: String, _ kind: String, _ run: JSONValue) -> String {
    run["tags"]?["orchestrate.\(kind).\(name)"]?.string ?? name
  }

  /// - Parameter isDatabase: whether MLflow has copied the runs into its database, where it keeps the largest
  ///   number for infinity and one end of line for another.
  private func check(_ found: JSONValue, _ run: ExportedRun, isDatabase: Bool = false) throws {
    let one = try #require(found[run.name])
    #expect(one["experiment"]?.string == run.experiment)
    #expect(one["tags"]?["orchestrate.state"]?.string == run.state)
    #expect(one["tags"]?["orchestrate.config"]?.string == run.configID)
    #expect(one["tags"]?["orchestrate.reason"]?.string == run.reason)
    #expect(one["end"]?.number == run.endedAt.map { ($0 * 1000).rounded() })
    let metrics = try #require(one["metrics"]?.object)
    let series = run.series.filter { !$0.points.isEmpty }
    #expect(metrics.count == series.count)
    let byName = Dictionary(
      metrics.map { (original($0.key, "metric", one), $0.value) }, uniquingKeysWith: { $1 })
    for expected in series {
      let points = byName[expected.name]?.array ?? []
      #expect(points.count == expected.points.count, "\(expected.name)")
      for (point, expected) in zip(points, expected.points) {
        let numbers = (point.array ?? []).map(\.number)
        #expect(numbers.count == 3 && numbers[0] == Double(expected.step))
        #expect(numbers[1] == expected.time.map { ($0 * 1000).rounded() })
        let largest = Double.greatestFiniteMagnitude
        let value =
          isDatabase && !expected.value.isNaN
          ? min(max(expected.value, -largest), largest) : expected.value
        #expect(same(numbers[2], value), "\(expected)")
      }
    }
    let parameters = one["params"]?.object ?? [:]
    #expect(parameters.count == run.parameters.count)
    for (name, value) in parameters {
      let expected = run.parameters[original(name, "param", one)]?.text ?? "there is none"
      if expected.unicodeScalars.count <= 6000 {
        let text = isDatabase ? expected.replacing("\r\n", with: "\n") : expected
        #expect(value.string == text, "\(name)")
      } else {
        #expect(value.string?.unicodeScalars.count == 6000)
        #expect(value.string?.contains("[cut: 7000 characters") == true)
      }
    }
  }

  @Test func theClientFindsEverything() async throws {
    let scratch = try Scratch()
    let summary = try Samples.export(.mlflow, to: scratch("ml runs %41"))
    // The client unescapes what it is given.
    let found = try await Readers.read("mlflow", "file://\(scratch.path)/ml%20runs%20%2541")
    #expect(found.object?.count == 3)
    for run in Samples.all { try check(found, run) }
    #expect(
      ["mix-1", "mix-2", "mix-3"].map { found[$0]?["status"]?.string }
        == ["FAILED", "SCHEDULED", "FINISHED"])
    #expect(summary.notes.contains { $0.contains("value of long is cut") })
    let artifacts = try #require(found["mix-1"]?["artifacts"]?.string)
    #expect(artifacts.hasPrefix("file://\(scratch.path)/ml%20runs%20%2541/"))
  }

  @Test func itsDatabaseTakesEverythingOver() async throws {
    let scratch = try Scratch()
    try Samples.export(.mlflow, to: scratch("mlruns"))
    let found = try await Readers.read("migrate", scratch("mlruns"), scratch("mlflow.db"))
    #expect(found.object?.count == 3)
    for run in Samples.all { try check(found, run, isDatabase: true) }
  }
}
