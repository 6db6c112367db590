import Foundation
import RunContract
import TestSupport
import Testing
import Training

@Suite struct RunDirectoryTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private let record = MetricRecord(step: 1, epoch: 1, time: 5, values: ["loss": .nan])

  @Test func aTornLineGetsItsEndFirst() throws {
    try makeDirectory(scratch.file("run"))
    try scratch.write("{\"step\":1,\"epo", "run/metrics.jsonl")
    try RunDirectory(scratch.file("run")).append(record)
    let lines = String(decoding: try readFile(scratch.file("run/metrics.jsonl")), as: UTF8.self)
    #expect(lines == "{\"step\":1,\"epo\n" + record.line + "\n")
  }

  @Test func wholeLinesAreAppended() throws {
    try RunDirectory(scratch.file("run")).append(record)
    try RunDirectory(scratch.file("run")).append(record)
    #expect(try scratch.records("run").count == 2)
  }

  @Test func theOwnerDecides() throws {
    let start = try #require(
      Start(environment: ["ORCHESTRATE_TOKEN": "abc", "ORCHESTRATE_RESTART": "2"]))
    try makeDirectory(scratch.file("run"))
    #expect(!start.owns(scratch.file("run")))
    let owners = [("abc 2\n", true), ("abc 3\n", false), ("abd 2\n", false), ("", false)]
    for (owner, expected) in owners {
      try scratch.write(owner, "run/owner")
      #expect(start.owns(scratch.file("run")) == expected)
    }
    #expect(Start(environment: [:]) == nil)
  }

  @Test func heartbeat() throws {
    let directory = try RunDirectory(scratch.file("run"))
    directory.beat()
    let attributes = try FileManager.default.attributesOfItem(
      atPath: scratch.file("run/heartbeat"))
    let touched = try #require(attributes[.modificationDate] as? Date)
    #expect(abs(touched.timeIntervalSinceNow) < 60)
  }

  @Test func verdicts() {
    #expect(Verdict(correlationInput: 0.95, correlationTarget: 0.3) == .copyingInput)
    #expect(Verdict(correlationInput: 0.3, correlationTarget: 0.81) == .copyingTarget)
    #expect(Verdict(correlationInput: 0.6, correlationTarget: 0.62) == .mixing)
  }
}
