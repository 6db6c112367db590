extension Tape {
  /// The mean of each group of `stride` frames of a clip. Where the last group is short, the clip's
  /// last frame is repeated to fill it.
  /// - Parameter x: (clips × frames) × channels.
  /// - Returns: (clips × ⌈frames/stride⌉) × channels.
  public func averageFrames(_ x: Tensor, clips: Int, stride: Int) -> Tensor {
    let (frames, columns) = (x.rows / clips, x.columns)
    precondition(stride > 0 && clips * frames == x.rows)
    let groups = pooledFrameCount(frames, stride: stride)
    let y = result(rows: clips * groups, columns: columns, of: x)
    y.values.update(repeating: 0, count: y.count)
    let share = 1 / Float(stride)
    forEachFrame(clips: clips, frames: frames, stride: stride) { source, target in
      kernels.add_scaled(
        y.values + target * columns, x.values + source * columns, share, Int64(columns))
    }
    record(y) {
      let (dx, dy) = (x.gradient, y.gradient)
      forEachFrame(clips: clips, frames: frames, stride: stride) { source, target in
        kernels.add_scaled(dx + source * columns, dy + target * columns, share, Int64(columns))
      }
    }
    return y
  }
}

/// The number of groups that frames are pooled to.
public func pooledFrameCount(_ frames: Int, stride: Int) -> Int { (frames + stride - 1) / stride }

/// Calls `body` with each row of the frames and the row of its group, the last frame as often as it
/// is repeated.
@inline(__always)
private func forEachFrame(clips: Int, frames: Int, stride: Int, _ body: (Int, Int) -> Void) {
  let groups = pooledFrameCount(frames, stride: stride)
  for clip in 0..<clips {
    for place in 0..<groups * stride {
      body(clip * frames + min(place, frames - 1), clip * groups + place / stride)
    }
  }
}
