import Autograd
import RunContract

/// The network that turns the mel features of two sources into masks for both: a temporal convolution
/// network of residual blocks LayerNorm → dilated convolution → ReLU → 1 × 1 convolution.
public final class MixingNetwork {
  /// All parameters.
  public let parameters: ParameterStore
  private let shape: NetworkShape
  private let tensors: [String: Tensor]

  /// A network with its first weights drawn from `seed`: uniform within ±1/√(inputs of a unit), as
  /// PyTorch's layers are by default; the output layer's weights times `initScale` and its biases
  /// zero, so that all masks start near ½.
  public init(_ shape: NetworkShape, initScale: Double, seed: Int, pool: BufferPool) {
    self.shape = shape
    let store = ParameterStore(parameterShapes(shape), pool: pool)
    parameters = store
    tensors = Dictionary(
      uniqueKeysWithValues: store.slots.indices.map { (store.slots[$0].name, store.tensor($0)) })
    initialise(store, initScale: initScale, seed: seed)
  }

  /// The masks of both sources.
  /// - Parameters:
  ///   - features: (clips × groups of frames) × (bands of the input, bands of the target).
  ///   - clips: how many clips the rows are of.
  /// - Returns: masks in (0, 1) of the same shape as `features`.
  public func masks(_ features: Tensor, clips: Int, on tape: Tape) -> Tensor {
    var x = tape.linear(features, weight: self["input.weight"], bias: self["input.bias"])
    for block in 0..<shape.depth {
      let name = "blocks.\(block)."
      let normal = tape.layerNorm(
        x, scale: self[name + "norm.weight"], shift: self[name + "norm.bias"])
      let inner = tape.convolutionReLU(
        normal, weight: self[name + "convolution.weight"], bias: self[name + "convolution.bias"],
        clips: clips, dilation: shape.dilation(ofBlock: block))
      x = tape.linear(
        inner, weight: self[name + "projection.weight"], bias: self[name + "projection.bias"],
        residual: x)
    }
    let normal = tape.layerNorm(x, scale: self["norm.weight"], shift: self["norm.bias"])
    return tape.sigmoid(
      tape.linear(normal, weight: self["output.weight"], bias: self["output.bias"]))
  }

  private subscript(name: String) -> Tensor {
    guard let tensor = tensors[name] else { preconditionFailure("no parameter \(name)") }
    return tensor
  }
}

/// Names and shapes in the order of the forward pass. A convolution's weight is outputs × taps ×
/// inputs (PyTorch keeps outputs × inputs × taps).
private func parameterShapes(_ shape: NetworkShape) -> [(name: String, shape: [Int])] {
  let width = shape.width
  func norm(_ name: String) -> [(name: String, shape: [Int])] {
    [(name + ".weight", [width]), (name + ".bias", [width])]
  }
  func layer(_ name: String, _ weight: [Int]) -> [(name: String, shape: [Int])] {
    [(name + ".weight", weight), (name + ".bias", [weight[0]])]
  }
  return layer("input", [width, 2 * melBands])
    + (0..<shape.depth).flatMap { block in
      norm("blocks.\(block).norm") + layer("blocks.\(block).convolution", [width, 3, width])
        + layer("blocks.\(block).projection", [width, width])
    } + norm("norm") + layer("output", [2 * melBands, width])
}

private func initialise(_ store: ParameterStore, initScale: Double, seed: Int) {
  var generator = SeededGenerator(seed: UInt64(seed), stream: "weights")
  var inputs = 1
  for slot in store.slots {
    let target = store.values + slot.offset
    if slot.name.hasSuffix("norm.weight") {
      target.update(repeating: 1, count: slot.count)
      continue
    }
    if slot.name.hasSuffix("norm.bias") || slot.name == "output.bias" { continue }
    // A bias is bounded as the weights before it.
    if slot.shape.count > 1 { inputs = slot.count / slot.shape[0] }
    let bound = 1 / Double(inputs).squareRoot() * (slot.name == "output.weight" ? initScale : 1)
    for i in 0..<slot.count { target[i] = Float((2 * generator.uniform() - 1) * bound) }
  }
}
