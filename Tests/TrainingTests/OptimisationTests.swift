import Autograd
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

  @Test func longGradientsGetTheLimitsLength() {
    let store = store([3, 4])
    #expect(NormClipping(limit: 1).clip(store) == 5)
    #expect(gradients(store) == [0.6, 0.8])
  }

  @Test func shortGradientsAreLeftAlone() {
    let store = store([3, 4])
    #expect(NormClipping(limit: 5).clip(store) == 5)
    #expect(gradients(store) == [3, 4])
  }

  /// The squares of these overflow a 32-bit sum; the norm does not.
  @Test func hugeGradientsHaveAFiniteNorm() {
    let store = store([3e30, 4e30])
    #expect(abs(NormClipping(limit: 5).clip(store) / 5e30 - 1) < 1e-6)
    #expect(gradients(store).allSatisfy { $0.isFinite })
  }

  @Test(arguments: [Float.nan, .infinity]) func nonFiniteNormsChangeNothing(value: Float) {
    let store = store([value, 4])
    #expect(!NormClipping(limit: 1).clip(store).isFinite)
    #expect(gradients(store)[1] == 4)
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
