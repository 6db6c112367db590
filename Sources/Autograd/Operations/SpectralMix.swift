extension Tape {
  /// The waveforms mixed by masks: each band's mask is expanded to bins, each source's spectrum is
  /// weighed with its own mask, and the sum is transformed back.
  ///
  /// One operation from masks to samples: a frame's bins stay in the first-level cache, where mask
  /// planes and mixed spectra as tensors of their own would be some 20 MB of traffic a step.
  /// - Parameters:
  ///   - masks: (clips × groups) × (bands of the input source, bands of the target source); a group
  ///     is `stride` frames.
  ///   - inputs: the spectrum of each clip's input source, frames × `transform.columns`.
  ///   - targets: the same of the target sources.
  /// - Returns: clips × samples.
  public func mixedWaveforms(
    masks: Tensor, inputs: [Tensor], targets: [Tensor], expansion: BandExpansion,
    transform: ShortTimeTransform, stride: Int
  ) -> Tensor {
    let clips = inputs.count
    let mix = SpectralMix(
      inputs: inputs, targets: targets, expansion: expansion, transform: transform,
      stride: stride, groups: pooledFrameCount(transform.frames, stride: stride))
    precondition(targets.count == clips && masks.rows == clips * mix.groups)
    precondition(masks.columns == 2 * expansion.bands && expansion.bins == transform.bins)
    precondition((inputs + targets).allSatisfy { $0.count == transform.frames * transform.columns })
    let y = result(rows: clips, columns: transform.sampleCount, of: masks)
    forEachIndex(clips, threads: transform.workspaces.count) { worker, clip in
      mix.forward(clip, masks.values, into: y.values, transform.workspaces[worker])
    }
    record(y) {
      let (dm, dy) = (masks.gradient, y.gradient)
      forEachIndex(clips, threads: transform.workspaces.count) { worker, clip in
        mix.backward(clip, dy, addingTo: dm, transform.workspaces[worker])
      }
    }
    return y
  }
}

/// The operands of one mix that both directions need.
private struct SpectralMix {
  let inputs: [Tensor]
  let targets: [Tensor]
  let expansion: BandExpansion
  let transform: ShortTimeTransform
  let stride: Int
  let groups: Int

  private var bins: Int { transform.bins }
  private var maskColumns: Int { 2 * expansion.bands }

  func forward(
    _ clip: Int, _ masks: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    _ space: SpectralWorkspace
  ) {
    let (x, z) = (inputs[clip].values, targets[clip].values)
    let (left, right) = (space.expanded, space.expanded + bins)
    transform.synthesise(into: y + clip * transform.sampleCount, space) { frame, planes in
      if frame % stride == 0 {
        let row = masks + (clip * groups + frame / stride) * maskColumns
        expansion.expand(row, into: left)
        expansion.expand(row + expansion.bands, into: right)
      }
      let start = frame * 2 * bins
      for part in [0, bins] {
        weigh(x + start + part, left, z + start + part, right, into: planes + part, bins)
      }
    }
  }

  func backward(
    _ clip: Int, _ dy: UnsafePointer<Float>, addingTo dm: UnsafeMutablePointer<Float>,
    _ space: SpectralWorkspace
  ) {
    let (x, z) = (inputs[clip].values, targets[clip].values)
    let (left, right) = (space.expanded, space.expanded + bins)
    transform.synthesiseGradient(dy + clip * transform.sampleCount, space) { frame, planes in
      if frame % stride == 0 { space.expanded.update(repeating: 0, count: 2 * bins) }
      let start = frame * 2 * bins
      addPlaneProducts(planes, x + start, to: left, bins)
      addPlaneProducts(planes, z + start, to: right, bins)
      guard (frame + 1) % stride == 0 || frame == transform.frames - 1 else { return }
      for k in 0..<bins {
        left[k] *= transform.gradientFactor(ofBin: k)
        right[k] *= transform.gradientFactor(ofBin: k)
      }
      let row = dm + (clip * groups + frame / stride) * maskColumns
      expansion.addTransposed(left, to: row)
      expansion.addTransposed(right, to: row + expansion.bands)
    }
  }
}

@inline(__always)
private func weigh(
  _ x: UnsafePointer<Float>, _ a: UnsafePointer<Float>, _ z: UnsafePointer<Float>,
  _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int
) {
  for k in 0..<count { y[k] = x[k] * a[k] + z[k] * b[k] }
}

/// target += re·re + im·im, bin by bin.
@inline(__always)
private func addPlaneProducts(
  _ p: UnsafePointer<Float>, _ q: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
  _ bins: Int
) {
  for k in 0..<bins { target[k] += p[k] * q[k] + p[bins + k] * q[bins + k] }
}
