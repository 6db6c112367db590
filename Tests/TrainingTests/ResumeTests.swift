import Foundation
import RunContract
import TestSupport
import Testing

/// The built program, stopped and started again.
@Suite struct ResumeTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func program(
    _ name: String, _ extra: [String] = [], environment: [String: String] = [:]
  ) throws -> TrainProgram {
    try TrainProgram(
      ["run", "--config", scratch.file("config.json"), "--run-dir", scratch.file(name)] + extra,
      environment: environment)
  }

  /// Of each step the last row's values.
  private func lastRows(_ run: String) throws -> [Int: [String: Double]] {
    try scratch.records(run).reduce(into: [:]) { $0[$1.step] = $1.reproducibleValues }
  }

  private func checkpoint(_ run: String, _ name: String) throws -> Data {
    try readFile(scratch.file("\(run)/checkpoints/\(name).safetensors"))
  }

  /// All that a step may depend on is in use: an adaptive clipping, a schedule, shuffled targets,
  /// skipped steps, a patience.
  private func makeInvolvedConfig(skipNorm: ParameterValue = .string("none")) throws {
    try scratch.config([
      "epochs": .number(150), "clipping": .string("autoclip"), "schedule": .string("cosine"),
      "warmup_steps": .number(5), "shuffle_targets": .bool(true), "patience": .number(1000),
      "silent_targets": .number(0.2), "skip_norm": skipNorm, "learning_rate": .number(0.01),
    ])
  }

  @Test(arguments: [SIGTERM, SIGUSR1, SIGKILL])
  func aRunThatWasStoppedIsTheSameToTheBit(signal: Int32) throws {
    try scratch.makeData()
    try makeInvolvedConfig()
    #expect(try program("free").wait().code == 0)
    let highest = try scratch.records("free").compactMap { $0.values["grad_norm"] }.max()
    try makeInvolvedConfig(skipNorm: .number(0.999 * (try #require(highest))))
    let whole = try program("whole").wait()
    #expect(whole.code == 0, "\(whole.errors)")
    var starts = 0
    var stops = 0
    while true {
      starts += 1
      try #require(starts < 60)
      let part = try program(
        "parts", ["--resume", "--checkpoint-every", "0.02", "--keep-checkpoints", "1"])
      let known = (try? scratch.records("parts").count) ?? 0
      let limit = Date().addingTimeInterval(60)
      let share = 40 + 13 * starts
      while part.isRunning, ((try? scratch.records("parts").count) ?? 0) < known + share,
        Date() < limit
      { usleep(1000) }
      part.signal(signal)
      let result = try part.wait()
      if result.code == 0 { break }
      stops += 1
      #expect(result.code == (signal == SIGKILL ? 128 + 9 : 75), "\(result.errors)")
    }
    #expect(stops >= 2)
    #expect(try lastRows("whole") == lastRows("parts"))
    for name in ["final", "best"] {
      #expect(try checkpoint("whole", name) == checkpoint("parts", name), "\(name)")
    }
    let rows = try lastRows("whole").values
    #expect(rows.contains { $0["skipped"] == 1 } && rows.contains { $0["clipped"] == 1 })
  }

  @Test func checkpointsAreNotOverwrittenUnasked() throws {
    try scratch.makeData()
    try scratch.config()
    #expect(try program("run").wait().code == 0)
    let before = try checkpoint("run", "final")
    let again = try program("run").wait()
    #expect(again.code == 64 && again.errors.contains("--resume"))
    let resumed = try program("run", ["--resume"]).wait()
    #expect(resumed.code == 0 && resumed.output.contains("verdict"))
    #expect(try checkpoint("run", "final") == before)
    #expect(try program("run", environment: ["ORCHESTRATE_RESUME": "1"]).wait().code == 0)
  }

  @Test func aDamagedCheckpointIsPassedOverByName() throws {
    try scratch.makeData()
    try scratch.config()
    #expect(try program("run", ["--checkpoint-every", "0"]).wait().code == 0)
    let final = scratch.file("run/checkpoints/final.safetensors")
    let whole = try checkpoint("run", "final")
    try whole.dropLast(100).write(to: URL(fileURLWithPath: final))
    let result = try program("run", ["--resume"]).wait()
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.errors.contains(final) && result.errors.contains("cut short"))
    #expect(result.output.contains("going on after step 3, from"))
    #expect(try checkpoint("run", "final") == whole)
    let named = try program("run", ["--resume-from", scratch.file("config.json")]).wait()
    #expect(named.code == 65 && named.errors.contains("config.json"))
  }

  @Test func anotherConfigIsRefused() throws {
    try scratch.makeData()
    try scratch.config()
    #expect(try program("run").wait().code == 0)
    try scratch.config(["corr_weight": .number(0.7), "epochs": .number(9)])
    let result = try program("run", ["--resume"]).wait()
    #expect(result.code == 65)
    #expect(result.errors.contains("corr_weight was 0.5, is 0.7; epochs was 2, is 9"))
  }

  @Test func otherDataAreRefused() throws {
    try scratch.makeData()
    try scratch.config()
    try scratch.write("{\"one\":1}", "data/manifest.json")
    #expect(try program("run").wait().code == 0)
    try scratch.write("{\"one\":2}", "data/manifest.json")
    let result = try program("run", ["--resume"]).wait()
    #expect(result.code == 65 && result.errors.contains("other data"))
  }

  /// Elsewhere the bits may differ: that is said, and stays on record.
  @Test func otherThreadsAreInexact() throws {
    try scratch.makeData()
    try scratch.config(["epochs": .number(100_000)])
    let first = try program("run", ["--threads", "1"])
    let limit = Date().addingTimeInterval(60)
    while ((try? scratch.records("run").count) ?? 0) < 3, Date() < limit { usleep(1000) }
    first.terminate()
    #expect(try first.wait().code == 75)
    let second = try program("run", ["--threads", "2", "--resume"])
    let rows = try scratch.records("run").count
    while try scratch.records("run").count < rows + 3, Date() < limit { usleep(1000) }
    second.terminate()
    let result = try second.wait()
    #expect(result.code == 75 && result.errors.contains("threads 2, was 1"))
    let provenance = try JSONValue(parsing: readFile(scratch.file("run/provenance.json")))
    #expect(provenance["inexact"]?.array?.count == 1)
    #expect((provenance["resumed_from_step"]?.integer ?? 0) >= 3)
  }

  /// A machine with AVX-512 goes on with AVX2, and gets the bits of a run that never had more.
  @Test func theInstructionSetIsPinned() throws {
    try scratch.makeData()
    try scratch.config(["epochs": .number(200)])
    let narrow = ["ONEDNN_MAX_CPU_ISA": "AVX2"]
    let whole = try program("whole", environment: narrow).wait()
    #expect(whole.code == 0)
    let first = try program("run", environment: narrow)
    let limit = Date().addingTimeInterval(60)
    while ((try? scratch.records("run").count) ?? 0) < 3, Date() < limit { usleep(1000) }
    first.terminate()
    #expect(try first.wait().code == 75)
    let second = try program("run", ["--resume"]).wait()
    #expect(second.code == 0 && second.errors.isEmpty, "\(second.errors)")
    #expect(try checkpoint("run", "final") == checkpoint("whole", "final"))
  }
}
