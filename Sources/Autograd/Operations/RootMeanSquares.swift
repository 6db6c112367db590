/// √(mean (x − reference)² + 1e-8) for each clip and each set of references.
struct RootMeanSquares {
  private let x: Tensor
  private let sets: [[Tensor]]
  private let clips: Double
  private let chunks: Chunks
  /// Set after set, clip after clip.
  private let roots: [Double]

  init(_ x: Tensor, _ sets: [[Tensor]], clips: Int, crew: Crew) {
    self.x = x
    self.sets = sets
    self.clips = Double(clips)
    // Small enough to stay in the cache from one set to the next.
    let chunks = Chunks(x.columns, limit: 16384)
    self.chunks = chunks
    let squares = crew.collect(x.rows * chunks.count) { _, part in
      let (clip, range) = (part / chunks.count, chunks[part % chunks.count])
      return sets.map { references in
        kernels.squared_distance(
          x.values + clip * x.columns + range.lowerBound,
          references[clip].values + range.lowerBound, Int64(range.count))
      }
    }
    roots = sets.indices.flatMap { set in
      (0..<x.rows).map { clip in
        let parts = squares[clip * chunks.count..<(clip + 1) * chunks.count]
        let total = parts.reduce(0.0) { $0 + $1[set] }
        return (total / Double(x.columns) + 1e-8).squareRoot()
      }
    }
  }

  /// The mean over the clips, for each set.
  var means: [Double] {
    sets.indices.map { set in
      roots[set * x.rows..<(set + 1) * x.rows].reduce(0, +) / clips
    }
  }

  /// Adds to x's gradient, given that of each mean.
  func addGradient(_ gradients: [Float], crew: Crew) {
    let dx = x.gradientForAdding()
    crew.forEach(x.rows * chunks.count) { _, part in
      let (clip, range) = (part / chunks.count, chunks[part % chunks.count])
      let first = clip * x.columns + range.lowerBound
      for (set, references) in sets.enumerated() {
        let root = roots[set * x.rows + clip]
        kernels.difference(
          dx.pointer + first, x.values + first, references[clip].values + range.lowerBound,
          Float(Double(gradients[set]) / (clips * Double(x.columns) * root)), Int64(range.count),
          dx.isFirst && set == 0 ? 0 : 1)
      }
    }
  }
}
