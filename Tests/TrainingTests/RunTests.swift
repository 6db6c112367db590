import Foundation
import RunContract
import TestSupport
import Testing
import Training

/// The built program on a tiny dataset.
@Suite struct RunTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(
    _ name: String, config: String = "config.json", environment: [String: String] = [:],
    _ extra: String...
  ) throws -> TrainProgram.Result {
    try TrainProgram(
      ["run", "--config", scratch.file(config), "--run-dir", scratch.file(name)] + extra,
      environment: environment
    ).wait()
  }

  @Test func metricsProvenanceAndCheckpoint() throws {
    try scratch.makeData()
    try scratch.config()
    let result = try run("run")
    #expect(result.code == 0, "\(result.errors)")
    let records = try scratch.records("run")
    #expect(records.map(\.step) == [1, 2, 3, 4] && records.map(\.epoch) == [1, 1, 2, 2])
    let everyStep: Set = [
      "loss", "corr_penalty", "rms_input", "rms_target", "balance", "c_input", "c_target",
      "grad_norm", "learning_rate", "mask_input", "mask_target", "clipped", "skipped",
      "samples_per_second", "peak_memory_mb",
    ]
    #expect(Set(records[0].values.keys) == everyStep)
    let epochEnd: Set = [
      "val_loss", "val_corr_penalty", "val_c_input", "val_c_target", "epoch_loss",
      "epoch_grad_norm_mean", "epoch_grad_norm_max", "epoch_clipped", "epoch_skipped",
      "epoch_mask_input", "epoch_samples_per_second",
    ]
    #expect(epochEnd.isSubset(of: records[1].values.keys))
    #expect(records[1].values["epoch_loss"] == (sum(records[..<2], "loss") / 2))
    let norms = records[2...].compactMap { $0.values["grad_norm"] }
    #expect(records[3].values["epoch_grad_norm_max"] == norms.max())
    // loss = 0.5·penalty + 0.3·rms + 0.3·rms + 15·balance
    for record in records {
      let value = { record.values[$0] ?? .nan }
      let expected =
        0.5 * value("corr_penalty") + 0.3 * (value("rms_input") + value("rms_target"))
        + 15 * value("balance")
      #expect(abs(value("loss") - expected) < 1e-6)
    }
    #expect(result.output.contains("verdict: mixing"))
    let provenance = try JSONValue(parsing: readFile(scratch.file("run/provenance.json")))
    #expect(provenance["threads"]?.integer == 1 && provenance["ranks"]?.integer == 1)
    #expect(provenance["binary_sha256"]?.string?.count == 64)
    let weights = try ReferenceTensors(
      contentsOf: scratch.file("run/checkpoints/final.safetensors"))
    #expect(weights["output.weight"].shape == [160, 8])
    #expect(weights["blocks.1.convolution.weight"].shape == [8, 3, 8])
    #expect(weights.tensors.values.allSatisfy { $0.values.allSatisfy { $0.isFinite } })
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run/exit.json")))
  }

  @Test func aSeedGivesItsNumbersToTheBit() throws {
    try scratch.makeData()
    try scratch.config()
    try scratch.config(["seed": .number(2)], "other.json")
    let runs = try [("a", "config.json"), ("b", "config.json"), ("c", "other.json")].map {
      #expect(try run($0.0, config: $0.1).code == 0)
      return try scratch.records($0.0).map(\.reproducibleValues)
    }
    #expect(runs[0] == runs[1])
    #expect(zip(runs[0], runs[2]).allSatisfy { $0["loss"] != $1["loss"] })
    #expect(
      try readFile(scratch.file("a/checkpoints/final.safetensors"))
        == readFile(scratch.file("b/checkpoints/final.safetensors")))
  }

  @Test func aSmallCacheChangesNothing() throws {
    try scratch.makeData()
    try scratch.config()
    #expect(try run("a").code == 0)
    #expect(try run("b", "--cache-megabytes", "0").code == 0)
    #expect(
      try scratch.records("a").map(\.reproducibleValues)
        == scratch.records("b").map(\.reproducibleValues))
  }

  /// The terms that are off by default, each with its factor.
  @Test func furtherTermsOfTheLoss() throws {
    try scratch.makeData()
    let factors = [
      "stft_input": 0.1, "stft_target": 0.2, "mel_input": 0.3, "mel_target": 0.4,
      "rms_input": 0.5, "rms_target": 0, "balance": 2, "corr_penalty": 0.7,
    ]
    try scratch.config(
      Dictionary(
        uniqueKeysWithValues: factors.map { name, factor in
          (name == "corr_penalty" ? "corr_weight" : "\(name)_weight", .number(factor))
        }))
    let result = try run("run")
    #expect(result.code == 0, "\(result.errors)")
    for record in try scratch.records("run") {
      let sum = factors.reduce(0) { $0 + $1.value * (record.values[$1.key] ?? .nan) }
      #expect(abs((record.values["loss"] ?? .nan) / sum - 1) < 1e-6)
      #expect((record.values["mel_target"] ?? 0) > 0 && (record.values["stft_input"] ?? 0) > 0)
    }
  }

  @Test func sizesAreWhatTheySay() throws {
    try scratch.makeData(train: 2, validation: 0)
    for (size, count) in [("tiny", 7504), ("small", 437_792)] {
      let parameters: [String: ParameterValue] = [
        "data": .string(scratch.file("data")), "size": .string(size), "epochs": .number(1),
        "batch_size": .number(2), "segments": .number(15),
      ]
      try scratch.write(Config(parameters: parameters).canonicalJSON, "\(size).json")
      let result = try run(size, config: "\(size).json")
      #expect(result.output.hasPrefix("\(count) parameters"), "\(result.output)")
    }
  }

  @Test func withoutValidationPairs() throws {
    try scratch.makeData(validation: 0)
    try scratch.config()
    #expect(try run("run").code == 0)
    #expect(try scratch.records("run").allSatisfy { $0.values["val_loss"] == nil })
  }

  @Test func trainingLowersTheLoss() throws {
    try scratch.makeData(train: 4)
    try scratch.config(["epochs": .number(30), "learning_rate": .number(0.01)])
    #expect(try run("run").code == 0)
    let losses = try scratch.records("run").compactMap { $0.values["epoch_loss"] }
    #expect(losses.count == 30 && losses[29] < 0.7 * losses[0], "\(losses)")
  }

  /// A step size that throws the weights out of all bounds.
  @Test func divergenceEndsTheRunBeforeTheStep() throws {
    try scratch.makeData(validation: 0)
    try scratch.config(["learning_rate": .number(1e30)])
    let result = try run("run")
    #expect(result.code == 86)
    #expect(result.output.contains("step 2 (epoch 1) skipped: its gradient is not finite"))
    #expect(result.errors.contains("diverged at step 3 (epoch 2)"))
    #expect(result.errors.contains("2 skipped steps in a row"))
    #expect(result.errors.contains("train/pair_000"))
    #expect(result.errors.contains("rms_input"))
    let last = try #require(scratch.records("run").last)
    #expect(last.step == 3 && last.values["grad_norm"]?.isFinite == false)
    #expect(last.values["skipped"] == 1)
    // The weights that step 1 made are what broke: the last good state is the one before it.
    let path = scratch.file("run/checkpoints/step-000000000.safetensors")
    #expect(result.errors.contains("the last good state, after step 0, is in \(path)"))
    let checkpoint = try Checkpoint.read(path)
    #expect(checkpoint.parameters.values.allSatisfy { $0.values.allSatisfy { abs($0) < 2 } })
  }

  @Test func theEnvironmentIsEnough() throws {
    try scratch.makeData()
    try scratch.config()
    let result = try TrainProgram.run(
      "run",
      environment: [
        "ORCHESTRATE_CONFIG": scratch.file("config.json"),
        "ORCHESTRATE_RUN_DIR": scratch.file("run"),
      ])
    #expect(result.code == 0, "\(result.errors)")
    #expect(try scratch.records("run").count == 4)
  }

  private func sum(_ records: ArraySlice<MetricRecord>, _ name: String) -> Double {
    records.reduce(0) { $0 + ($1.values[name] ?? .nan) }
  }
}
