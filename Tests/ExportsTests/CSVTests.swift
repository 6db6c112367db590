import Exports
import RunContract
import TestSupport
import Testing

@Suite struct CSV {
  /// Writes runs and gives the lines of both files.
  private func export(_ run: ExportedRun, _ scratch: Scratch) throws -> (String, String) {
    let export = try Export(
      .csv, to: scratch("table"), parameterNames: run.parameters.keys + ["absent"])
    try export.add(run)
    _ = try export.finish()
    return (scratch.read("table/runs.csv") ?? "", scratch.read("table/metrics.csv") ?? "")
  }

  @Test func aRunIsARowWithItsParametersAsColumns() throws {
    let scratch = try Scratch()
    let run = ExportedRun(
      name: "a-1", experiment: "a", state: "failed", phase: .failed, configID: "c0",
      parameters: ["n": .number(-5), "on": .bool(true), "t": .string("-5"), "e": .string("")],
      createdAt: 1_700_000_000.5, reason: "x, \"y\"\nz")
    let (runs, _) = try export(run, scratch)
    #expect(
      runs == """
        run,experiment,state,config,job_id,reason,directory,created_at,started_at,ended_at,\
        params.absent,params.e,params.n,params.on,params.t
        a-1,a,failed,c0,,"x, ""y""\nz",,1700000000.5,,,,"",-5,true,'-5

        """)
  }

  @Test func aValueIsARow() throws {
    let scratch = try Scratch()
    let points = [Double.nan, .infinity, -.infinity, -0.5, 1e-12].enumerated().map {
      ExportedSeries.Point(
        step: $0.offset, epoch: 1, time: $0.offset == 0 ? nil : 2.5, value: $0.element)
    }
    let run = ExportedRun(
      name: "a-1", experiment: "a", state: "running", phase: .running, configID: "c0",
      series: [ExportedSeries(name: "a,b", points: points)])
    let (_, metrics) = try export(run, scratch)
    #expect(
      metrics == """
        run,step,epoch,time,metric,value
        a-1,0,1,,"a,b",nan
        a-1,1,1,2.5,"a,b",inf
        a-1,2,1,2.5,"a,b",-inf
        a-1,3,1,2.5,"a,b",-0.5
        a-1,4,1,2.5,"a,b",1e-12

        """)
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-x", "'-x"), ("@SUM(1)", "'@SUM(1)"), ("'tis", "''tis"),
    ("\t=1", "'\t=1"), ("\r=1", "\"'\r=1\""), ("\n=1", "\"'\n=1\""), ("＝1", "'＝1"),
    ("=\"a\",b", "\"'=\"\"a\"\",b\""), ("a=b", "a=b"), ("\"\u{301}", "\"\"\"\u{301}\""),
    ("a\0b", "a\u{FFFD}b"),
  ])
  func aTextIsNoFormula(text: String, cell: String) throws {
    let scratch = try Scratch()
    let run = ExportedRun(
      name: "a-1", experiment: text, state: "running", phase: .running, configID: "c0")
    let (runs, _) = try export(run, scratch)
    let row = Array("\na-1,\(cell),running,c0,,,,,,,\n".utf8)
    #expect(Array(runs.utf8.suffix(row.count)) == row)
  }

  @Test func aParameterWithoutAColumnIsAnError() throws {
    let scratch = try Scratch()
    let export = try Export(.csv, to: scratch("table"))
    let error = #expect(throws: ExportError.self) { try export.add(Samples.usual) }
    #expect(error?.description.contains("corr_weight") == true)
    #expect(throws: ExportError.self) { try export.finish() }
  }
}
