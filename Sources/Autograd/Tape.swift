/// The record of one forward pass, which it can walk back to find gradients.
///
/// Every operation is an extension of this class in a file of its own: it computes its result, and
/// where a gradient will be needed leaves a closure that adds the operation's part of it to the
/// gradients of its operands. Operations are whole layers, so a step has some thirty closures, and
/// their cost vanishes beside the arithmetic. A tape is used by one thread; an operation spreads its
/// own work over the tape's crew.
public final class Tape {
  /// Where results and gradients come from.
  public let pool: BufferPool
  /// Who does the arithmetic.
  public let crew: Crew
  private let isRecording: Bool
  private var steps: [() -> Void] = []

  /// A tape; one that is not recording (validation) frees every intermediate at once.
  public init(pool: BufferPool, recording: Bool = true, crew: Crew = .shared) {
    self.pool = pool
    self.crew = crew
    self.isRecording = recording
  }

  /// Adds d`loss`/d`x` to the gradient of every tensor x that needs one, then forgets the record.
  /// `loss` must be 1 × 1.
  public func backward(from loss: Tensor) {
    precondition(loss.count == 1)
    backward(from: loss, cotangent: [1])
  }

  /// The same for a result of any shape, of which `cotangent` is the gradient.
  public func backward(from result: Tensor, cotangent: [Float]) {
    precondition(cotangent.count == result.count)
    if result.needsGradient {
      for i in cotangent.indices { result.gradient[i] += cotangent[i] }
    }
    while let step = steps.popLast() { step() }
  }

  /// A result of undefined content that needs a gradient if one of its operands does.
  func result(rows: Int, columns: Int, of operands: Tensor...) -> Tensor {
    Tensor(
      rows: rows, columns: columns,
      needsGradient: isRecording && operands.contains(where: \.needsGradient), pool: pool)
  }

  /// Leaves the closure that walks back through one operation.
  func record(_ result: Tensor, _ step: @escaping () -> Void) {
    if result.needsGradient { steps.append(step) }
  }
}
