/// A matrix of floats, row after row, with its gradient where one is needed.
///
/// Everything in the mixing network is a matrix: features are (clip × frame) × channel, waveforms are
/// clip × sample, a scalar is 1 × 1.
public final class Tensor {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Whether ``Tape/backward(from:)`` computes this tensor's gradient.
  public let needsGradient: Bool
  /// The content.
  public let values: UnsafeMutablePointer<Float>

  private let pool: BufferPool
  /// What keeps ``values`` alive: a buffer of the pool or a parameter store.
  private let owner: AnyObject
  private var gradientBuffer: Buffer?
  private let fixedGradient: UnsafeMutablePointer<Float>?

  /// The number of elements.
  public var count: Int { rows * columns }

  /// A tensor of undefined content.
  init(rows: Int, columns: Int, needsGradient: Bool, pool: BufferPool) {
    let buffer = pool.take(rows * columns)
    self.rows = rows
    self.columns = columns
    self.needsGradient = needsGradient
    self.pool = pool
    self.owner = buffer
    self.values = buffer.pointer
    self.fixedGradient = nil
  }

  /// A view of a parameter: its values and its gradient live in `owner`.
  init(
    rows: Int, columns: Int, values: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, owner: AnyObject, pool: BufferPool
  ) {
    self.rows = rows
    self.columns = columns
    self.needsGradient = true
    self.pool = pool
    self.owner = owner
    self.values = values
    self.fixedGradient = gradient
  }

  /// A constant tensor of undefined content, to be filled through ``values``.
  public convenience init(rows: Int, columns: Int, pool: BufferPool) {
    self.init(rows: rows, columns: columns, needsGradient: false, pool: pool)
  }

  /// A tensor with this content; a variable where `needsGradient` is set.
  public convenience init(
    rows: Int, columns: Int, content: [Float], pool: BufferPool, needsGradient: Bool = false
  ) {
    precondition(content.count == rows * columns)
    self.init(rows: rows, columns: columns, needsGradient: needsGradient, pool: pool)
    content.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { values.update(from: base, count: content.count) }
    }
  }

  /// The gradient, zeros where nothing has been added yet.
  public var gradient: UnsafeMutablePointer<Float> {
    let (pointer, isFirst) = gradientForAdding()
    if isFirst { pointer.update(repeating: 0, count: count) }
    return pointer
  }

  /// The gradient, and whether nobody has written to it: who gets `true` must overwrite every
  /// element instead of adding to it, which saves a pass of zeros.
  func gradientForAdding() -> (pointer: UnsafeMutablePointer<Float>, isFirst: Bool) {
    if let fixedGradient { return (fixedGradient, false) }
    if let gradientBuffer { return (gradientBuffer.pointer, false) }
    let buffer = pool.take(count)
    gradientBuffer = buffer
    return (buffer.pointer, true)
  }

  /// Adds the gradient of a result that this tensor was added to: takes it over where there is none
  /// yet, since nobody reads a result's gradient after its own step.
  func addGradient(of result: Tensor, crew: Crew) {
    if fixedGradient == nil, gradientBuffer == nil, let buffer = result.gradientBuffer {
      gradientBuffer = buffer
      result.gradientBuffer = nil
      return
    }
    let (target, source) = (gradient, result.gradient)
    let chunks = Chunks.elements(count)
    crew.forEach(chunks.count) { _, part in
      let range = chunks[part]
      add(source + range.lowerBound, to: target + range.lowerBound, range.count)
    }
  }

  /// A copy of the content.
  public var array: [Float] { Array(UnsafeBufferPointer(start: values, count: count)) }
  /// A copy of the gradient.
  public var gradientArray: [Float] { Array(UnsafeBufferPointer(start: gradient, count: count)) }
  /// The only element of a 1 × 1 tensor.
  public var scalar: Float { values[0] }
}
