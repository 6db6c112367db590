extension Tape {
  /// The mean over the clips of the mean over frames and bands of
  /// |ln(band power of x + floor) − ln(band power of the reference + floor)|: an L1 distance of log-mel
  /// features where the bands are mel bands.
  /// - Parameters:
  ///   - x: clips × samples.
  ///   - references: the constant spectrum of each clip's reference
  ///     (``ShortTimeTransform/spectrum(of:pool:crew:)``).
  ///   - floor: what is added to every band's power, positive.
  ///   - clips: as in ``meanOfMagnitudes(_:clips:_:derivative:)``.
  public func bandDistance(
    of x: Tensor, to references: [Tensor], _ filters: BandFilters, floor: Float = 1e-5,
    transform: ShortTimeTransform, clips: Int? = nil
  ) -> Tensor {
    let (blocks, size) = (transform.blocks, transform.blockCount)
    precondition(x.columns == transform.sampleCount && filters.bins == transform.bins)
    precondition(references.count == x.rows && references.allSatisfy { $0.count == blocks * size })
    let y = result(rows: 1, columns: 1, of: x)
    let (bands, tables) = (filters.bands, transform.plan.tables)
    let share =
      1 / (Double(clips ?? x.rows) * Double(transform.frames) * Double(bands))
    let room = transform.scratchCount + size + 2 * bands * lanes
    let scratch = pool.take(crew.threads * room)
    let sums = crew.collect(x.rows * blocks) { worker, part in
      let (clip, block) = (part / blocks, part % blocks)
      let space = scratch.pointer + worker * room
      let bins = space + transform.scratchCount
      let (own, other) = (bins + size, bins + size + bands * lanes)
      transform.analyse(block: block, of: x.values + clip * x.columns, space: space, into: bins)
      transform.logBandPowers(ofBlock: bins, filters, floor, into: own)
      transform.logBandPowers(
        ofBlock: references[clip].values + block * size, filters, floor, into: other)
      var total = 0.0
      for band in 0..<bands {
        for lane in band * lanes..<band * lanes + transform.used(ofBlock: block) {
          total += Double((own[lane] - other[lane]).magnitude)
        }
      }
      return total
    }
    y.values[0] = Float(share * sums.reduce(0, +))
    record(y) { [pool, crew] in
      let factor = Float(share * Double(y.gradient[0]))
      let room = transform.bins * lanes + 2 * bands * lanes
      addSpectralGradient(to: x, transform, room: room, pool: pool, crew: crew) {
        clip, block, bins, _, powers in
        let own = powers + transform.bins * lanes
        let other = own + bands * lanes
        kernels.band_powers(tables, filters.tables, bins, own)
        kernels.band_powers(
          tables, filters.tables, references[clip].values + block * size, other)
        for i in 0..<bands * lanes {
          let sign: Float = own[i] > other[i] ? 1 : own[i] < other[i] ? -1 : 0
          own[i] = factor * sign / (own[i] + floor)
        }
        kernels.band_powers_gradient(tables, filters.tables, own, powers, bins)
      }
    }
    return y
  }
}
