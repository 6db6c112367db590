import Audio
import Foundation
import RunContract
import TestSupport
import Testing

/// How the built program ends: exit codes, messages, exit.json.
@Suite struct RunEndTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(environment: [String: String] = [:]) throws -> TrainProgram.Result {
    try TrainProgram.run(
      "run", "--config", scratch.file("config.json"), "--run-dir", scratch.file("run"),
      environment: environment)
  }

  private let start = ["ORCHESTRATE_TOKEN": "quick.abc", "ORCHESTRATE_RESTART": "1"]

  private func own(_ line: String) throws {
    try makeDirectory(scratch.file("run"))
    try scratch.write(line, "run/owner")
  }

  private func exitRecord() throws -> ExitRecord? {
    ExitRecord(try readFile(scratch.file("run/exit.json")))
  }

  @Test func theEndIsRecorded() throws {
    try scratch.makeData()
    try scratch.config(["epochs": .number(1)])
    try own("quick.abc 1\n")
    #expect(try run(environment: start).code == 0)
    let record = try #require(try exitRecord())
    #expect(record.token == "quick.abc" && record.restart == 1 && record.code == 0)
  }

  @Test func failuresAreRecordedToo() throws {
    try scratch.config(["penalty": .string("cubik")])
    try own("quick.abc 1\n")
    #expect(try run(environment: start).code == 65)
    #expect(try exitRecord()?.code == 65)
  }

  @Test(arguments: ["quick.abc 2\n", "other 1\n"])
  func aRunTakenOverWritesNothing(owner: String) throws {
    try scratch.makeData()
    try scratch.config(["epochs": .number(1)])
    try own(owner)
    let result = try run(environment: start)
    #expect(result.code == 76 && result.errors.contains("owner"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run/exit.json")))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run/checkpoints")))
  }

  @Test func termFinishesTheStep() throws {
    try scratch.makeData()
    try scratch.config(["epochs": .number(1_000_000)])
    try own("quick.abc 1\n")
    let program = try TrainProgram(
      ["run", "--config", scratch.file("config.json"), "--run-dir", scratch.file("run")],
      environment: start)
    let limit = Date().addingTimeInterval(60)
    while (try? scratch.records("run").count) ?? 0 < 3, Date() < limit { usleep(20_000) }
    program.terminate()
    let result = try program.wait()
    #expect(result.code == 75)
    #expect(try exitRecord()?.code == 75)
    let text = try readFile(scratch.file("run/metrics.jsonl"))
    #expect(text.last == UInt8(ascii: "\n"))
    #expect(try scratch.records("run").count >= 3)
  }

  @Test func segmentsMustDivideTheClip() throws {
    try scratch.makeData()
    try scratch.config(["segments": .number(64)])
    let result = try run()
    #expect(result.code == 65)
    for word in ["64", "6000", "60 or 75 would"] { #expect(result.errors.contains(word)) }
  }

  @Test func tooLargeABatch() throws {
    try scratch.makeData(train: 3)
    try scratch.config(["batch_size": .number(4)])
    let result = try run()
    #expect(result.code == 65 && result.errors.contains("only 3 training pairs"))
  }

  @Test func missingData() throws {
    try scratch.config()
    let result = try run()
    #expect(result.code == 65 && result.errors.contains("train dataset make"))
  }

  @Test func halfAPair() throws {
    try scratch.makeData()
    try FileManager.default.removeItem(atPath: scratch.file("data/train/pair_0002_target.wav"))
    try scratch.config()
    let result = try run()
    #expect(result.code == 65 && result.errors.contains("pair_0002_target.wav is missing"))
  }

  @Test(
    arguments: [
      (22_050, [Float](repeating: 0.1, count: 6000), "22050 Hz"),
      (24_000, [Float](repeating: 0.1, count: 5999), "5999 samples"),
      (24_000, [Float](repeating: .nan, count: 6000), "no finite numbers"),
      (24_000, [Float](), "no samples"),
    ] as [(Int, [Float], String)])
  func clipsThatDoNotFit(rate: Int, samples: [Float], message: String) throws {
    try scratch.makeData(train: 2)
    try writeWAV(samples, sampleRate: rate, to: scratch.file("data/train/pair_0001_input.wav"))
    try scratch.config()
    let result = try run()
    #expect(result.code == 65 && result.errors.contains("pair_0001_input.wav"))
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test(arguments: ["", "[1]", "{\"data\":", "{\"data\":null}", "{\"data\":{\"a\":1}}"])
  func configsThatAreNone(text: String) throws {
    try scratch.write(text, "config.json")
    let result = try run()
    #expect(result.code == 65 && result.errors.contains("config.json"))
  }

  @Test func usage() throws {
    for arguments in [
      ["run"], ["run", "--threads", "x"], ["walk"],
      ["dataset", "make", "--audio", "a", "--out", "b", "--pairs", "0"],
    ] {
      #expect(try TrainProgram(arguments).wait().code == 64, "\(arguments)")
    }
    let noAudio = ["dataset", "make", "--audio", scratch.path, "--out", scratch.file("out")]
    #expect(try TrainProgram(noAudio).wait().code == 65)
    let version = try TrainProgram.run("--version")
    #expect(version.code == 0 && version.output.contains("."))
  }

  @Test func anUnwritableRunDirectory() throws {
    try scratch.makeData()
    try scratch.config()
    try scratch.write("a file", "run")
    let result = try run()
    #expect(result.code == 74 && result.errors.contains("cannot create"))
  }
}
