import Exports
import Foundation
import RunContract
import TestSupport
import Testing

@Suite struct JSONExport {
  @Test func everythingComesBack() throws {
    let scratch = try Scratch()
    try Samples.export(.json, to: scratch("runs.json"))
    let document = try JSONValue(parsing: try readFile(scratch("runs.json")))
    #expect(document["format"] == "orchestrate-export" && document["version"] == 1)
    let runs = try #require(document["runs"]?.array)
    #expect(runs.count == 3)
    for (found, run) in zip(runs, Samples.all) {
      #expect(found["run"]?.string == run.name && found["state"]?.string == run.state)
      #expect(found["parameters"]?.object == run.parameters.mapValues(\.json))
      #expect(found["started_at"]?.number == run.startedAt)
      #expect(found["reason"]?.string == run.reason)
      let metrics = try #require(found["metrics"]?.array)
      #expect(metrics.map { $0["name"]?.string } == run.series.map(\.name))
      for (one, series) in zip(metrics, run.series) {
        #expect(one["steps"]?.array?.map(\.integer) == series.points.map(\.step))
        #expect(one["epochs"]?.array?.map(\.integer) == series.points.map(\.epoch))
        #expect(one["times"]?.array?.map(\.number) == series.points.map(\.time))
        let values = one["values"]?.array?.map(\.number) ?? []
        #expect(values.count == series.points.count)
        #expect(zip(values, series.points).allSatisfy { same($0, $1.value) })
      }
    }
  }

  @Test func noRunsAreAnEmptyList() throws {
    let scratch = try Scratch()
    let summary = try Export(.json, to: scratch("none.json")).finish()
    #expect(summary.runs == 0 && summary.values == 0)
    #expect(try JSONValue(parsing: scratch.read("none.json") ?? "")["runs"] == [])
  }
}
