extension ShortTimeTransform {
  /// The resolutions of the multi-resolution loss: frames of 512, 1024 and 2048 samples, a quarter of
  /// a frame apart.
  public static func resolutions(sampleCount: Int) -> [ShortTimeTransform] {
    [512, 1024, 2048].map {
      ShortTimeTransform(sampleCount: sampleCount, frameLength: $0, hop: $0 / 4)
    }
  }
}

extension Tape {
  /// The multi-resolution STFT loss (Yamamoto, Song and Kim, arXiv 1910.11480, equations 4–6), the mean
  /// over the clips of the mean over the transforms of
  ///
  ///     √Σ(|X| − |R|)² / √Σ|R|²  +  mean |ln|X| − ln|R||
  ///
  /// where |·| = √(re² + im² + 1e-7), sums and mean run over the bins of all frames of a clip, X is
  /// the spectrum of x and R that of its reference. The small term keeps logarithm and gradient finite
  /// in silence; a silent reference gives a large first term, as in the source.
  /// - Parameters:
  ///   - x: clips × samples.
  ///   - references: one constant waveform for each clip.
  ///   - transforms: for clips of this length, as ``ShortTimeTransform/resolutions(sampleCount:)``.
  ///   - clips: as in ``meanOfMagnitudes(_:clips:_:derivative:)``.
  public func spectralDistance(
    of x: Tensor, to references: [Tensor], _ transforms: [ShortTimeTransform], clips: Int? = nil
  ) -> Tensor {
    precondition(references.count == x.rows && references.allSatisfy { $0.count == x.columns })
    precondition(!transforms.isEmpty && transforms.allSatisfy { $0.sampleCount == x.columns })
    let y = result(rows: 1, columns: 1, of: x)
    let share = 1 / (Double(clips ?? x.rows) * Double(transforms.count))
    let distances = transforms.map { transform in
      MagnitudeDistance(x, references, transform, pool: pool, crew: crew)
    }
    let total = distances.reduce(0.0) { $0 + $1.clips.reduce(0.0) { $0 + $1.value } }
    y.values[0] = Float(share * total)
    record(y) { [pool, crew] in
      for distance in distances {
        distance.addGradient(share * Double(y.gradient[0]), pool: pool, crew: crew)
      }
    }
    return y
  }
}

private let floorOfPower: Float = 1e-7

/// The distance of spectra at one resolution, for each clip.
private struct MagnitudeDistance {
  /// What the distance of a clip is made of.
  struct Clip {
    /// Σ(|X| − |R|)².
    var difference = 0.0
    /// Σ|R|².
    var reference = 0.0
    /// Σ|ln|X| − ln|R||.
    var logarithmic = 0.0
    /// The bins of all frames.
    let bins: Double

    var value: Double { (difference / reference).squareRoot() + logarithmic / bins }
  }

  let clips: [Clip]
  private let x: Tensor
  private let references: [Tensor]
  private let transform: ShortTimeTransform

  init(
    _ x: Tensor, _ references: [Tensor], _ transform: ShortTimeTransform, pool: BufferPool,
    crew: Crew
  ) {
    self.x = x
    self.references = references
    self.transform = transform
    let blocks = transform.blocks
    let size = transform.scratchCount + 2 * transform.blockCount + 3 * lanes
    let scratch = pool.take(crew.threads * size)
    let none = Clip(bins: Double(transform.frames * transform.bins))
    let parts = crew.collect(x.rows * blocks) { worker, part in
      let space = scratch.pointer + worker * size
      let own = space + transform.scratchCount
      let (other, sums) = (own + transform.blockCount, own + 2 * transform.blockCount)
      let (clip, block) = (part / blocks, part % blocks)
      transform.analyse(block: block, of: x.values + clip * x.columns, space: space, into: own)
      transform.analyse(block: block, of: references[clip].values, space: space, into: other)
      kernels.compare_magnitudes(transform.plan.tables, own, other, floorOfPower, sums)
      return (0..<transform.used(ofBlock: block)).reduce(into: none) { result, lane in
        result.difference += Double(sums[lane])
        result.reference += Double(sums[lane + lanes])
        result.logarithmic += Double(sums[lane + 2 * lanes])
      }
    }
    clips = (0..<x.rows).map { clip in
      parts[clip * blocks..<(clip + 1) * blocks].reduce(into: none) { result, part in
        result.difference += part.difference
        result.reference += part.reference
        result.logarithmic += part.logarithmic
      }
    }
  }

  /// Adds factor · d(sum of the clips' distances)/dx to x's gradient.
  func addGradient(_ factor: Double, pool: BufferPool, crew: Crew) {
    addSpectralGradient(to: x, transform, room: transform.blockCount, pool: pool, crew: crew) {
      clip, block, bins, space, other in
      let sums = clips[clip]
      transform.analyse(block: block, of: references[clip].values, space: space, into: other)
      // d√(D/R) = d½D/√(D·R); equal spectra have no direction.
      let root = (sums.difference * sums.reference).squareRoot()
      kernels.compare_magnitudes_gradient(
        transform.plan.tables, bins, other, floorOfPower, root > 0 ? Float(factor / root) : 0,
        Float(factor / sums.bins))
    }
  }
}
