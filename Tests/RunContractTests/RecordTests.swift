import Foundation
import RunContract
import Testing

@Suite struct RecordTests {
  @Test func aMetricLineReadsBack() throws {
    let record = MetricRecord(
      step: 12, epoch: 3, time: 1_700_000_000.25, values: ["loss": 0.5, "grad_norm": 43_000_000])
    #expect(
      record.line == #"{"epoch":3,"step":12,"time":1700000000.25,"#
        + #""values":{"grad_norm":43000000,"loss":0.5}}"#)
    #expect(MetricRecord(line: Data(record.line.utf8)) == record)
  }

  @Test func numbersThatAreNotFiniteSurvive() throws {
    let record = MetricRecord(
      step: 1, epoch: 1, time: 0, values: ["a": .nan, "b": .infinity, "c": -.infinity])
    #expect(record.line.contains(#""values":{"a":"NaN","b":"Infinity","c":"-Infinity"}"#))
    let back = try #require(MetricRecord(line: Data(record.line.utf8)))
    #expect(back.values["a"]?.isNaN == true)
    #expect(back.values["b"] == .infinity && back.values["c"] == -.infinity)
  }

  @Test(arguments: [
    "", "{", #"{"step":1,"epoch":1,"time":0}"#, #"{"step":1.5,"epoch":1,"time":0,"values":{}}"#,
    #"{"step":"1","epoch":1,"time":0,"values":{}}"#,
    #"{"step":1,"epoch":1,"time":0,"values":{"a":"x"}}"#, "[]",
    #"{"step":1,"epoch":1,"time":0,"values":{"a":null}}"#,
    #"{"step":1e300,"epoch":1,"time":0,"values":{}}"#,
    #"{"step":1,"epoch":1,"time":0,"values":{"loss":0."#,
    #"{"step":1,"epoch":1,"time":"NaN","values":{}}"#,
  ])
  func otherLinesAreNone(line: String) {
    #expect(MetricRecord(line: Data(line.utf8)) == nil)
  }

  @Test func anExitRecordReadsBack() {
    let record = ExitRecord(token: "mix.a1b2", restart: 2, code: 137, time: 1_700_000_000)
    #expect(
      record.text == #"{"code":137,"restart":2,"time":1700000000,"token":"mix.a1b2"}"# + "\n")
    #expect(ExitRecord(Data(record.text.utf8)) == record)
    var killed = record
    killed.isOutOfMemory = true
    #expect(
      killed.text == #"{"code":137,"out_of_memory":true,"restart":2,"time":1700000000,"#
        + #""token":"mix.a1b2"}"# + "\n")
    #expect(ExitRecord(Data(killed.text.utf8)) == killed)
    killed.wasLaunched = false
    #expect(
      killed.text.hasPrefix(#"{"code":137,"launched":false,"out_of_memory":true,"restart":2,"#))
    #expect(ExitRecord(Data(killed.text.utf8)) == killed)
    #expect(ExitRecord(Data("{}".utf8)) == nil)
    #expect(ExitRecord(Data(record.text.utf8.dropLast(9))) == nil)
  }
}
