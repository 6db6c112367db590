import Autograd
import RunContract
import TestSupport
import Testing
import Training

/// A whole step against PyTorch: the loss and its terms within 2e-5 relative, masks and waveform within
/// 1e-5 of their largest element, every parameter's gradient within 2e-4 of its largest element (both
/// sides are 32-bit; gradients pass through peaks, correlations and two transforms).
@Suite struct StepTests {
  let pool = BufferPool()
  let reference: ReferenceTensors

  init() throws { reference = try ReferenceTensors("step") }

  private func model(_ penalty: String) throws -> (MixingModel, Batch) {
    let settings = try TrainSettings(
      Config(parameters: [
        "data": .string("none"), "penalty": .string(penalty), "segments": .number(16),
        "width": .number(16), "depth": .number(2), "clamp": .number(0.95),
      ]))
    let samples = 24_000
    let analysis = SourceAnalysis(
      sampleCount: samples, segments: 16, stride: 4, threads: 1, pool: pool)
    let model = try MixingModel(settings, analysis: analysis, pool: pool)
    for slot in model.network.parameters.slots {
      let entry = reference["parameter." + slot.name]
      #expect(entry.shape == slot.shape, "\(slot.name)")
      for (i, value) in entry.values.enumerated() {
        model.network.parameters.values[slot.offset + i] = value
      }
    }
    func sources(_ name: String) -> [Source] {
      (0..<2).map { clip in
        analysis.source(Array(reference[name].values[clip * samples..<(clip + 1) * samples]))
      }
    }
    let batch = Batch(names: ["0", "1"], inputs: sources("input"), targets: sources("target"))
    return (model, batch)
  }

  @Test(arguments: ["exponential", "quadratic", "cubic"])
  func lossAndGradients(penalty: String) throws {
    let (model, batch) = try model(penalty)
    let tape = Tape(pool: pool)
    let result = model.mix(batch, on: tape)
    for (name, term) in [
      ("loss", result.loss), ("corr_penalty", result.term("corr_penalty")),
      ("rms_input", result.term("rms_input")), ("rms_target", result.term("rms_target")),
      ("balance", result.term("balance")),
    ] {
      let term = try #require(term)
      #expect(largestError(term.array, reference["\(penalty).\(name)"].values) < 2e-5, "\(name)")
    }
    #expect(largestError(result.correlationInput.array, reference["c_input"].values) < 1e-5)
    #expect(largestError(result.correlationTarget.array, reference["c_target"].values) < 1e-5)
    #expect(largestError(result.masks.array, reference["masks"].values) < 1e-5)
    #expect(largestError(result.output.array, reference["output"].values) < 1e-5)

    let parameters = model.network.parameters
    parameters.zeroGradients()
    tape.backward(from: result.loss)
    for slot in parameters.slots {
      let found = (0..<slot.count).map { parameters.gradients[slot.offset + $0] }
      let expected = reference["\(penalty).gradient.\(slot.name)"].values
      #expect(largestError(found, expected) < 2e-4, "\(slot.name)")
    }
    let norm = gradientNorm(parameters)
    #expect(largestError([Float(norm)], reference["\(penalty).norm"].values) < 2e-5)
  }

  /// Five steps of AdamW with clipping at 0.2: each loss and each norm within 1e-4 relative.
  @Test func fiveSteps() throws {
    let (model, batch) = try model("quadratic")
    let parameters = model.network.parameters
    let optimiser = AdamW(parameters, learningRate: 1e-3, weightDecay: 0.01, pool: pool)
    var losses: [Float] = []
    var norms: [Float] = []
    for _ in 0..<5 {
      let tape = Tape(pool: pool)
      let result = model.mix(batch, on: tape)
      parameters.zeroGradients()
      tape.backward(from: result.loss)
      let norm = gradientNorm(parameters)
      _ = NormClipping(limit: 0.2).clip(parameters, norm: norm)
      norms.append(Float(norm))
      optimiser.update(parameters)
      losses.append(result.loss.scalar)
    }
    for (found, expected) in zip(losses, reference["steps.loss"].values) {
      #expect(largestError([found], [expected]) < 1e-4)
    }
    for (found, expected) in zip(norms, reference["steps.norm"].values) {
      #expect(largestError([found], [expected]) < 1e-4)
    }
    #expect(norms.contains { $0 > 0.2 }, "the clipping must have been at work")
  }

  /// Silence as a target, as both, and as nothing but itself: everything stays finite.
  @Test(arguments: [[false, true], [true, true], [true, false]])
  func silenceIsFinite(silent: [Bool]) throws {
    let (model, batch) = try model("exponential")
    let analysis = SourceAnalysis(
      sampleCount: 24_000, segments: 16, stride: 4, threads: 1, pool: pool)
    let silence = analysis.source([Float](repeating: 0, count: 24_000))
    let quiet = Batch(
      names: ["0"], inputs: [silent[0] ? silence : batch.inputs[0]],
      targets: [silent[1] ? silence : batch.targets[0]])
    let tape = Tape(pool: pool)
    let result = model.mix(quiet, on: tape)
    tape.backward(from: result.loss)
    #expect(result.loss.scalar.isFinite)
    #expect(gradientNorm(model.network.parameters).isFinite)
    if silent[1] { #expect(result.correlationTarget.array == [0]) }
  }
}
