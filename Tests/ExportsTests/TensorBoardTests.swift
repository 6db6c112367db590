import Exports
import RunContract
import TestSupport
import Testing

@Suite(.enabled(Readers.missing, { await Readers.areAvailable() }), .timeLimit(.minutes(10)))
struct TensorBoard {
  /// A metric's tag in event files.
  private func tag(_ name: String) -> String {
    switch name {
    case "", "_run_", "_hparams_/session_start_info": "_" + name
    default: name
    }
  }

  private func check(
    _ found: JSONValue, _ run: ExportedRun, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let scalars = try #require(found[run.name]?["scalars"]?.object, sourceLocation: sourceLocation)
    let series = run.series.filter { !$0.points.isEmpty }
    #expect(
      Set(scalars.keys) == Set(series.map { tag($0.name) }), sourceLocation: sourceLocation)
    for one in series {
      let points = scalars[tag(one.name)]?.array ?? []
      #expect(points.count == one.points.count, "\(one.name)", sourceLocation: sourceLocation)
      for (point, expected) in zip(points, one.points) {
        let numbers = (point.array ?? []).map(\.number)
        #expect(numbers.count == 3 && numbers[0] == Double(expected.step))
        #expect(numbers[1] == expected.time, sourceLocation: sourceLocation)
        #expect(same(numbers[2], expected.value), "\(one.name)", sourceLocation: sourceLocation)
      }
    }
    let parameters = found[run.name]?["params"]?.object ?? [:]
    #expect(parameters == run.parameters.mapValues(\.json), sourceLocation: sourceLocation)
  }

  @Test func theReaderFindsEverything() async throws {
    let scratch = try Scratch()
    try Samples.export(.tensorboard, to: scratch("board"))
    let found = try await Readers.read("events", scratch("board"))
    #expect(found.object?.count == 3)
    for run in Samples.all { try check(found, run) }
    #expect(["mix-1", "mix-2", "mix-3"].map { found[$0]?["status"]?.integer } == [2, 0, 1])
    let text = found["mix-1"]?["text"]?.string ?? ""
    #expect(text.contains("    state: diverged\n") && text.contains("    job_id: 123_4"))
  }

  @Test func theProgramShowsEverything() async throws {
    let scratch = try Scratch()
    try Samples.export(.tensorboard, to: scratch("board"))
    let found = try await Readers.read("server", scratch("board"))
    #expect(found.object?.count == 3)
    for run in Samples.all { try check(found, run) }
    #expect(found["mix-3"]?["status"] == "STATUS_SUCCESS")
    #expect(found["mix-1"]?["status"] == "STATUS_FAILURE")
  }
}
