import Foundation
import RunContract
import TestSupport
import Testing
import Training

/// Steps that are not applied, and runs that end because of them.
@Suite struct SkipTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(
    _ change: [String: ParameterValue], _ extra: String..., name: String = "run"
  ) throws -> TrainProgram.Result {
    try scratch.config(change)
    return try TrainProgram(
      ["run", "--config", scratch.file("config.json"), "--run-dir", scratch.file(name)] + extra
    ).wait()
  }

  /// A bound that every step exceeds: nothing is ever applied.
  @Test func stepsAboveTheBoundChangeNothing() throws {
    try scratch.makeData()
    let result = try run(
      ["skip_norm": .number(1e-6), "max_skipped_steps": .number(2), "epochs": .number(9)],
      "--dump", scratch.file("dump"))
    #expect(result.code == 86, "\(result.errors)")
    let records = try scratch.records("run")
    #expect(records.map { $0.values["skipped"] } == [1, 1])
    let last = try Checkpoint.read(scratch.file("run/checkpoints/step-000000002.safetensors"))
    let initial = try Checkpoint.read(scratch.file("dump/initial.safetensors"))
    #expect(last.parameters == initial.parameters && last.moments == initial.moments)
    #expect(last.state.skipped == 2 && last.state.optimiserSteps == 0)
  }

  @Test func aSkippedStepIsToldWithItsCauseAndFiles() throws {
    try scratch.makeData()
    let norms = try { () -> [Double] in
      #expect(try run([:], name: "free").code == 0)
      return try scratch.records("free").compactMap { $0.values["grad_norm"] }
    }()
    // Between the norms of the first step and of the larger of the others.
    let bound = (norms[0] + norms.max()!) / 2
    try #require(bound > norms[0])
    let result = try run(["skip_norm": .number(bound)], "--dump", scratch.file("dump"))
    #expect(result.code == 0, "\(result.errors)")
    let step = try #require(scratch.records("run").first { $0.values["skipped"] == 1 })
    let line = try #require(
      result.output.split(separator: "\n").first {
        $0.hasPrefix("step \(step.step) (epoch \(step.epoch)) skipped")
      })
    #expect(line.contains("is above skip_norm") && line.contains("caused by corr_penalty"))
    let dumped = try String(decoding: readFile(scratch.file("dump/batches.jsonl")), as: UTF8.self)
      .split(separator: "\n")[step.step - 1]
    let batch = try JSONValue(parsing: String(dumped))
    for name in ["inputs", "targets"] {
      for file in try #require(batch[name]?.array) {
        #expect(line.contains(file.string ?? "?"), "\(line)")
      }
    }
    let epoch = try #require(
      scratch.records("run").last { $0.epoch == step.epoch }?.values["epoch_skipped"])
    #expect(epoch >= 1)
  }

  /// Silent targets and Pearson without a floor: NaN at once, and only from the penalty.
  @Test func unsafePearsonIsBlamed() throws {
    try scratch.makeData(train: 2)
    let result = try run([
      "pearson": .string("product"), "silent_targets": .number(1), "max_skipped_steps": .number(1),
    ])
    #expect(result.code == 86)
    #expect(result.errors.contains("diverged at step 1 (epoch 1): its gradient is not finite"))
    #expect(result.errors.contains("the gradient of corr_penalty is not"), "\(result.errors)")
    #expect(result.errors.contains("+ silence"))
    let safe = try run(["silent_targets": .number(1)], name: "safe")
    #expect(safe.code == 0, "\(safe.errors)")
  }

  @Test func theGuardEndsARunAtOnce() throws {
    try scratch.makeData()
    let result = try run(["guard_norm": .number(1e-6), "skip_norm": .string("none")])
    #expect(result.code == 86)
    #expect(result.errors.contains("diverged at step 1") && result.errors.contains("guard_norm"))
    #expect(try scratch.records("run").count == 1)
    let resumed = try run(
      ["guard_norm": .number(1e-6), "skip_norm": .string("none")], "--resume")
    #expect(resumed.code == 86 && resumed.errors.contains("diverged at step 1"))
    #expect(resumed.errors.contains("--resume-from"))
    let path = scratch.file("run/checkpoints/step-000000001.safetensors")
    let again = try run(
      ["guard_norm": .number(1e-6), "skip_norm": .string("none")], "--resume-from", path)
    #expect(again.code == 86 && again.errors.contains("diverged at step 2"))
  }

  /// Without bounds even a large norm is applied, as the reproduction of an explosion needs it.
  @Test func withoutBoundsEverythingFiniteIsApplied() throws {
    try scratch.makeData()
    let result = try run([
      "guard_norm": .string("none"), "skip_norm": .string("none"), "clipping": .string("none"),
      "corr_weight": .number(10_000),
    ])
    #expect(result.code == 0, "\(result.errors)")
    let records = try scratch.records("run")
    #expect(records.allSatisfy { $0.values["skipped"] == 0 })
    #expect(records.contains { ($0.values["grad_norm"] ?? 0) > 100 })
  }

  /// Nothing that a network of NaN says is a verdict.
  @Test func weightsThatBrokeAreNoResult() throws {
    try scratch.makeData(train: 2)
    let result = try run(["learning_rate": .number(1e38), "epochs": .number(1)])
    #expect(result.code == 86, "\(result)")
    #expect(result.errors.contains("diverged after epoch 1: the validation loss is not finite"))
    #expect(result.errors.contains("the last good state, after step 0"))
    #expect(!result.output.contains("verdict"))
    let last = try #require(scratch.records("run").last)
    #expect(last.values["val_c_input"]?.isNaN == true)
  }

  /// Ends on the last step of an epoch, and goes on into the next one when told to.
  @Test func divergedAtTheEndOfAnEpoch() throws {
    try scratch.makeData()
    let change: [String: ParameterValue] = [
      "skip_norm": .number(1e-6), "max_skipped_steps": .number(2), "epochs": .number(3),
    ]
    #expect(try run(change).code == 86)
    #expect(try run(change, "--resume").code == 86)
    let path = scratch.file("run/checkpoints/step-000000002.safetensors")
    let result = try run(change, "--resume-from", path)
    #expect(result.code == 86 && result.errors.contains("diverged at step 4 (epoch 2)"))
    let records = try scratch.records("run")
    #expect(records.map(\.step) == [1, 2, 2, 3, 4])
    #expect(records[2].values["val_loss"] != nil)
  }

  @Test func aTermWithoutWeightBreaksNothing() throws {
    try scratch.makeData(train: 2)
    let result = try run([
      "corr_weight": .number(0), "pearson": .string("product"), "silent_targets": .number(1),
    ])
    #expect(result.code == 0, "\(result.errors)")
    #expect(try scratch.records("run").allSatisfy { $0.values["corr_penalty"] != nil })
  }

  @Test func patienceEndsARunEarly() throws {
    try scratch.makeData()
    let result = try run([
      "epochs": .number(500), "patience": .number(3), "learning_rate": .number(0.05),
    ])
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.contains("stopped early"))
    let losses = try scratch.records("run").compactMap { $0.values["val_loss"] }
    #expect(losses.count < 500)
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(losses.count == best + 1 + 3)
    let checkpoint = try Checkpoint.read(scratch.file("run/checkpoints/best.safetensors"))
    #expect(checkpoint.state.bestLoss == losses[best] && checkpoint.state.epoch == best + 2)
    let without = try Scratch()
    try without.makeData(validation: 0)
    let refused = try TrainProgram.run(
      "run", "--config", scratch.file("config.json"), "--run-dir", without.file("run"), "--data",
      without.file("data"))
    #expect(refused.code == 65 && refused.errors.contains("patience needs validation pairs"))
  }

  @Test func layerNormsAddUpToTheWhole() throws {
    try scratch.makeData()
    #expect(try run([:], "--layer-norms").code == 0)
    for record in try scratch.records("run") {
      let layers = record.values.filter { $0.key.hasPrefix("grad_norm.") }
      #expect(layers.count == 18 && layers["grad_norm.output.weight"] != nil)
      let squares = layers.values.reduce(0) { $0 + $1 * $1 }
      let whole = try #require(record.values["grad_norm"])
      #expect(abs(squares.squareRoot() / whole - 1) < 1e-9)
    }
  }

  @Test func targetsAreShuffledAnewEachEpoch() throws {
    try scratch.makeData(train: 6)
    #expect(
      try run(["shuffle_targets": .bool(true)], "--dump", scratch.file("dump")).code == 0)
    let lines = try String(decoding: readFile(scratch.file("dump/batches.jsonl")), as: UTF8.self)
      .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let epochs = [lines[..<3], lines[3...]].map { steps in
      Dictionary(
        uniqueKeysWithValues: steps.flatMap { line in
          zip(line["inputs"]?.array ?? [], line["targets"]?.array ?? []).map {
            ($0.string ?? "", $1.string ?? "")
          }
        })
    }
    #expect(epochs.allSatisfy { $0.count == 6 && Set($0.values).count == 6 })
    #expect(epochs[0] != epochs[1])
  }

  @Test func copiedAndSilentTargetsAreDifferentPairs() throws {
    try scratch.makeData(train: 6)
    let result = try run(
      ["silent_targets": .number(0.34), "copied_targets": .number(0.5), "epochs": .number(1)],
      "--dump", scratch.file("dump"))
    #expect(result.code == 0, "\(result.errors)")
    let lines = try String(decoding: readFile(scratch.file("dump/batches.jsonl")), as: UTF8.self)
      .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let pairs = lines.flatMap { zip($0["inputs"]?.array ?? [], $0["targets"]?.array ?? []) }
    #expect(pairs.count { $0.1 == "silence" } == 2 && pairs.count { $0.0 == $0.1 } == 3)
  }
}
