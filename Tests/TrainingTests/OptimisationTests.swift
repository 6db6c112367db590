import Autograd
import RunContract
import Testing
import Training

@Suite struct OptimisationTests {
  let pool = BufferPool()

  private func store(_ gradients: [Float]) -> ParameterStore {
    let store = ParameterStore([("p", [gradients.count])], pool: pool)
    for (i, gradient) in gradients.enumerated() { store.gradients[i] = gradient }
    return store
  }

  private func gradients(_ store: ParameterStore) -> [Float] {
    (0..<store.count).map { store.gradients[$0] }
  }

  /// Clips and returns the norm from before and whether anything was changed.
  private func clip(
    _ store: ParameterStore, _ clipping: inout any GradientClipping
  ) -> (norm: Double, isClipped: Bool) {
    let norm = gradientNorm(store)
    return (norm, clipping.clip(store, norm: norm))
  }

  @Test func longGradientsGetTheLimitsLength() {
    let store = store([3, 4])
    var clipping: any GradientClipping = NormClipping(limit: 1)
    #expect(clip(store, &clipping) == (5, true))
    #expect(gradients(store) == [0.6, 0.8])
  }

  @Test func shortGradientsAreLeftAlone() {
    for var clipping: any GradientClipping in [
      NormClipping(limit: 5), ValueClipping(limit: 4), NoClipping(),
    ] as [any GradientClipping] {
      let store = store([3, 4])
      #expect(clip(store, &clipping) == (5, false))
      #expect(gradients(store) == [3, 4])
    }
  }

  @Test func byValueEachElementIsBounded() {
    let store = store([3, -4, 0.5])
    var clipping: any GradientClipping = ValueClipping(limit: 2)
    #expect(clip(store, &clipping).isClipped)
    #expect(gradients(store) == [2, -2, 0.5])
  }

  /// The squares of these overflow a 32-bit sum; the norm does not.
  @Test func hugeGradientsHaveAFiniteNorm() {
    let store = store([3e30, 4e30])
    var clipping: any GradientClipping = NormClipping(limit: 5)
    #expect(abs(clip(store, &clipping).norm / 5e30 - 1) < 1e-6)
    #expect(gradients(store).allSatisfy { $0.isFinite })
    #expect(!gradientNorm(self.store([.nan, 4])).isFinite)
    #expect(!gradientNorm(self.store([.infinity, 4])).isFinite)
  }

  /// Three norms are watched (1, 2, 3: mean 2, variance 2/3); 10 has z = 8/σ and comes down to
  /// 2 + 2.5²/z·σ; then the means move by a tenth.
  @Test func zclipBringsOutliersDown() {
    var clipping: any GradientClipping = ZClip(threshold: 2.5, decay: 0.9, warmup: 3)
    for norm: Float in [1, 2, 3] {
      #expect(!clip(store([norm]), &clipping).isClipped)
    }
    let outlier = store([10])
    #expect(clip(outlier, &clipping).isClipped)
    let deviation = (2.0 / 3).squareRoot()
    let limit = 2 + 6.25 / (8 / (deviation + 1e-6)) * deviation
    #expect(abs(Double(gradients(outlier)[0]) - limit) < 1e-6)
    let mean = 0.9 * 2 + 0.1 * limit
    let variance = 0.9 * 2 / 3 + 0.1 * (limit - mean) * (limit - mean)
    for (found, expected) in zip(clipping.memory, [3, mean, variance]) {
      #expect(abs(found - expected) < 1e-9)
    }
  }

  /// NumPy: percentile([1, 2, 3, 4], 10) = 1.3.
  @Test func autoclipTakesThePercentile() {
    var clipping: any GradientClipping = AutoClip(percentile: 10)
    for norm: Float in [3, 1, 2] { _ = clip(store([norm]), &clipping) }
    let last = store([4])
    #expect(clip(last, &clipping).isClipped)
    #expect(clipping.memory == [1, 2, 3, 4])
    #expect(abs(gradients(last)[0] - 1.3) < 1e-6)
  }

  @Test(arguments: clippings.map(\.name)) func memoryIsAllThatAClippingIs(name: String) throws {
    let settings = try TrainSettings(
      Config(parameters: ["data": .string("d"), "zclip_warmup": .number(3)]))
    let make = try #require(clippings.first { $0.name == name }).make
    var whole = make(settings.clipping)
    for norm: Float in [1, 2, 3, 9, 1] { _ = clip(store([norm]), &whole) }
    var resumed = make(settings.clipping)
    resumed.memory = whole.memory
    for norm: Float in [7, 0.5, 20] {
      let (a, b) = (store([norm, norm]), store([norm, norm]))
      #expect(clip(a, &whole) == clip(b, &resumed))
      #expect(gradients(a) == gradients(b))
    }
  }

  @Test func theTableIsTheContracts() {
    let kind = trainParameters.first { $0.name == "clipping" }?.kind
    #expect(kind == .choice(clippings.map(\.name)))
  }

  @Test func warmUpAndCosine() throws {
    let settings = try TrainSettings(
      Config(parameters: [
        "data": .string("d"), "warmup_steps": .number(4), "schedule": .string("cosine"),
        "learning_rate": .number(2), "final_rate_factor": .number(0.1),
      ]))
    let schedule = Schedule(settings.schedule, totalSteps: 14)
    #expect((1...4).map { schedule.rate(ofStep: $0) } == [0.5, 1, 1.5, 2])
    #expect(schedule.rate(ofStep: 5) == 2)
    #expect(abs(schedule.rate(ofStep: 10) - (0.2 + 1.8 * 0.5)) < 1e-12)
    #expect(schedule.rate(ofStep: 14) > 0.2 && abs(schedule.rate(ofStep: 15) - 0.2) < 1e-12)
  }

  /// The first step of AdamW is the learning rate against the gradient's sign, plus the decay.
  @Test func firstStep() {
    let store = store([2, -0.001, 0])
    for i in 0..<3 { store.values[i] = 1 }
    AdamW(store, learningRate: 0.1, weightDecay: 0.5, pool: pool).update(store)
    for (found, expected) in zip((0..<3).map { store.values[$0] }, [0.85, 1.05, 0.95] as [Float]) {
      #expect(abs(found - expected) < 1e-5)
    }
  }
}
