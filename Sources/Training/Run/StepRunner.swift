import Autograd
import Communicator

/// One step up to its gradients, over all ranks: forward, backward, sum.
final class StepRunner {
  private let model: MixingModel
  private let store: SourceStore
  private let communicator: any Communicator
  private let pool: BufferPool

  init(
    _ model: MixingModel, store: SourceStore, communicator: any Communicator, pool: BufferPool
  ) {
    self.model = model
    self.store = store
    self.communicator = communicator
    self.pool = pool
  }

  /// This rank's part of a batch, read and prepared: consecutive pairs, the first ranks one more where
  /// they do not divide evenly. `nil` where there are fewer pairs than ranks and none is left.
  /// - Throws: on every rank where one of them cannot read a clip.
  func load(_ pairs: [TrainingPair]) throws -> Batch? {
    let (rank, size) = (communicator.rank, communicator.size)
    let start = (pairs.count * rank + size - 1) / size
    let end = (pairs.count * (rank + 1) + size - 1) / size
    return try communicator.together {
      start < end ? try Batch(Array(pairs[start..<end]), from: store) : nil
    }
  }

  /// The measures of a batch, without gradients.
  /// - Parameter clips: the clips of the whole batch.
  func measure(_ batch: Batch?, clips: Int) -> Measures {
    guard let batch else {
      model.mixNothing()
      return Measures(nil, clips: clips, terms: model.terms, communicator)
    }
    let result = model.mix(batch, clips: clips, on: Tape(pool: pool, recording: false))
    return Measures(result, clips: clips, terms: model.terms, communicator)
  }

  /// The measures of a batch; its gradients are in the parameters' store afterwards, the same on every
  /// rank.
  func differentiate(_ batch: Batch, clips: Int) -> Measures {
    let tape = Tape(pool: pool)
    let result = model.mix(batch, clips: clips, on: tape)
    walkBack(tape, from: result.loss)
    return Measures(result, clips: clips, terms: model.terms, communicator)
  }

  /// The terms of the loss with the norm of each one's gradient alone, the largest first, those that
  /// are not finite before all others. Costs a step for each term: asked when something went wrong.
  func blame(_ batch: Batch, clips: Int) -> [(name: String, norm: Double)] {
    model.terms.filter { $0.factor != 0 }.map { term in
      let tape = Tape(pool: pool)
      if let value = model.term(term.name, batch, clips: clips, on: tape) {
        walkBack(tape, from: value)
      }
      return (term.name, gradientNorm(model.network.parameters))
    }.sorted { a, b in
      a.norm.isFinite == b.norm.isFinite ? a.norm > b.norm : !a.norm.isFinite
    }
  }

  private func walkBack(_ tape: Tape, from loss: Tensor) {
    let parameters = model.network.parameters
    parameters.zeroGradients()
    tape.backward(from: loss)
    communicator.sum(parameters.gradients, count: parameters.count)
  }
}
