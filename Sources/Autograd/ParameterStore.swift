/// All parameters of a network in one run of memory, and their gradients in another of the same
/// layout: optimiser, norm, checkpoint (and a reduction over ranks) are one loop each.
public final class ParameterStore {
  /// One parameter's name and place.
  public struct Slot: Sendable, Equatable {
    /// The name, as in `blocks.0.convolution.weight`.
    public let name: String
    /// The shape that a checkpoint gives it, outermost first.
    public let shape: [Int]
    /// Its first element within the store.
    public let offset: Int
    /// The number of its elements.
    public var count: Int { shape.reduce(1, *) }
  }

  /// The parameters in the order they were declared.
  public let slots: [Slot]
  /// The number of elements of all parameters.
  public let count: Int
  /// All values.
  public let values: UnsafeMutablePointer<Float>
  /// All gradients.
  public let gradients: UnsafeMutablePointer<Float>
  private let pool: BufferPool

  /// A store of zeros for parameters of these names and shapes.
  public init(_ shapes: [(name: String, shape: [Int])], pool: BufferPool) {
    var offset = 0
    slots = shapes.map { name, shape in
      let slot = Slot(name: name, shape: shape, offset: offset)
      offset += slot.count
      return slot
    }
    count = offset
    self.pool = pool
    values = .allocate(capacity: max(1, offset))
    gradients = .allocate(capacity: max(1, offset))
    values.initialize(repeating: 0, count: max(1, offset))
    gradients.initialize(repeating: 0, count: max(1, offset))
  }

  deinit {
    values.deallocate()
    gradients.deallocate()
  }

  /// Forgets all gradients.
  public func zeroGradients() { gradients.update(repeating: 0, count: count) }

  /// The parameter in a slot, as a matrix of shape[0] rows.
  public func tensor(_ index: Int) -> Tensor {
    let slot = slots[index]
    let rows = slot.shape.count > 1 ? slot.shape[0] : 1
    return Tensor(
      rows: rows, columns: slot.count / rows, values: values + slot.offset,
      gradient: gradients + slot.offset, owner: self, pool: pool)
  }
}
