import Autograd
import Synchronization
import TestSupport
import Testing

@Suite struct CrewTests {
  /// Each part once, by a worker that no other thread is at the same time.
  @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 1000]) func everyPartOnce(threads: Int, parts: Int) {
    let crew = Crew(threads: threads)
    let seen = Mutex([Int](repeating: 0, count: parts))
    let busy = Mutex([Int](repeating: 0, count: threads))
    for _ in 0..<20 {
      crew.forEach(parts) { worker, part in
        busy.withLock {
          $0[worker] += 1; #expect($0[worker] == 1)
        }
        seen.withLock { $0[part] += 1 }
        busy.withLock { $0[worker] -= 1 }
      }
    }
    #expect(seen.withLock { $0 } == [Int](repeating: 20, count: parts))
  }

  /// A loop within one that has the crew is done alone.
  @Test func aLoopWithinALoop() {
    let crew = Crew(threads: 2)
    let total = Counter()
    for _ in 0..<50 {
      crew.forEach(5) { _, _ in
        crew.forEach(3) { worker, _ in
          #expect(worker == 0)
          total.value.add(1, ordering: .relaxed)
        }
      }
    }
    #expect(total.value.load(ordering: .relaxed) == 50 * 5 * 3)
  }

  /// Who finds the crew at work does its loop alone; the crew may be free again when the loop within comes.
  @Test func nestedLoopsOfSeveralCallers() async {
    let crew = Crew(threads: 2)
    let total = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<50 {
            crew.forEach(5) { _, _ in
              crew.forEach(3) { _, _ in
                total.value.add(1, ordering: .relaxed)
              }
            }
          }
        }
      }
    }
    #expect(total.value.load(ordering: .relaxed) == 4 * 50 * 5 * 3)
  }

  /// All layers and losses, forward and backward: any number of threads gives the bits of one.
  @Test(arguments: [2, 3, 7]) func threadsDoNotChangeResults(threads: Int) {
    #expect(bitsOfAStep(threads: threads) == bitsOfAStep(threads: 1))
  }

  private func bitsOfAStep(threads: Int) -> [UInt32] {
    let (clips, samples, width) = (3, 16000, 80)
    let pool = BufferPool()
    let tape = Tape(pool: pool, crew: Crew(threads: threads))
    let transform = ShortTimeTransform(sampleCount: samples)
    let groups = pooledFrameCount(transform.frames, stride: 3)
    let expansion = BandExpansion(
      bands: width / 2, rows: (0..<transform.bins).map { [($0 * width / 2 / transform.bins, 1)] })
    let waves = (0..<2 * clips).map { constant(1, samples, "wave \($0)", in: pool) }
    let spectra = waves.map { transform.spectrum(of: $0.values, pool: pool, crew: tape.crew) }
    let x = variable(clips * groups, width, "x", in: pool)
    let weights = [width, 3 * width, width].enumerated().map {
      variable(width, $1, "weight \($0)", in: pool)
    }
    let rows = (0..<5).map { variable(1, width, "row \($0)", in: pool) }
    let normal = tape.layerNorm(x, scale: rows[0], shift: rows[1])
    let inner = tape.convolutionReLU(
      normal, weight: weights[1], bias: rows[2], clips: clips, dilation: 4)
    let outer = tape.linear(inner, weight: weights[2], bias: rows[3], residual: x)
    let masks = tape.sigmoid(tape.linear(outer, weight: weights[0], bias: rows[4]))
    let y = tape.mixedWaveforms(
      masks: masks, inputs: Array(spectra[..<clips]), targets: Array(spectra[clips...]),
      expansion: expansion, transform: transform, stride: 3)
    let peaks = tape.segmentPeaks(y, segments: 100)
    let loss = tape.weightedSum([
      (1, tape.rootMeanSquare(of: y, minus: Array(waves[..<clips]))),
      (
        1,
        tape.meanOfMagnitudes(
          tape.pearson(
            peaks, with: (0..<clips).map { constant(1, 100, "peaks \($0)", in: pool) },
            epsilon: 1e-6), { $0 * $0 }, derivative: { 2 * $0 })
      ),
    ])
    tape.backward(from: loss)
    let norms = [squaredNorm(weights[1].gradient, weights[1].count, crew: tape.crew)]
    return ([loss, y, x] + weights + rows).flatMap { tensor in
      (tensor.array + (tensor.needsGradient ? tensor.gradientArray : [])).map(\.bitPattern)
    } + norms.map { UInt32(truncatingIfNeeded: $0.bitPattern) }
  }
}

private final class Counter: Sendable {
  let value = Atomic(0)
}
