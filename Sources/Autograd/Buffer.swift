/// A run of floats on a 64-byte boundary that goes back to its pool when nobody holds it any more.
public final class Buffer {
  /// The first float. Valid while the buffer is held.
  public let pointer: UnsafeMutablePointer<Float>
  /// The number of floats asked for.
  public let count: Int
  private let home: BufferPool

  fileprivate init(_ pointer: UnsafeMutablePointer<Float>, count: Int, home: BufferPool) {
    self.pointer = pointer
    self.count = count
    self.home = home
  }

  deinit { home.give(back: pointer, count: count) }
}

/// Buffers by size. A training step asks for the same sizes as the step before it, so after the
/// first step nothing is allocated any more; fresh allocation would dominate a step of this size.
///
/// A pool belongs to one thread at a time.
public final class BufferPool {
  private var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
  /// The bytes this pool has allocated, in use or waiting.
  public private(set) var allocatedBytes = 0

  /// An empty pool.
  public init() {}

  deinit { for list in free.values { for pointer in list { pointer.deallocate() } } }

  /// A buffer whose content is undefined.
  public func take(_ count: Int) -> Buffer {
    let size = Self.sizeClass(count)
    if let pointer = free[size]?.popLast() { return Buffer(pointer, count: count, home: self) }
    allocatedBytes += size * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: size * MemoryLayout<Float>.stride, alignment: 64)
    return Buffer(raw.bindMemory(to: Float.self, capacity: size), count: count, home: self)
  }

  /// A buffer of zeros.
  public func takeZeroed(_ count: Int) -> Buffer {
    let buffer = take(count)
    buffer.pointer.update(repeating: 0, count: count)
    return buffer
  }

  fileprivate func give(back pointer: UnsafeMutablePointer<Float>, count: Int) {
    free[Self.sizeClass(count), default: []].append(pointer)
  }

  /// Whole cache lines, at least one.
  private static func sizeClass(_ count: Int) -> Int { max(16, (count + 15) / 16 * 16) }
}
