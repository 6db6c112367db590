import Communicator

extension Communicator {
  /// Does something on every rank, and learns whether it went well on all of them: where one fails,
  /// all throw, with one exit code.
  func together<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      let result = try body()
      let code = maximum(0)
      guard code == 0 else { throw PeerFailure(code: Int32(code)) }
      return result
    } catch let failure as PeerFailure {
      throw failure
    } catch {
      let code = Int32(maximum(Int(exitCode(of: error))))
      throw TrainFailure(code: code, size > 1 ? "rank \(rank): \(error)" : "\(error)")
    }
  }
}

extension Communicator {
  /// The gravest decision of all ranks. They decide by the same numbers; should one of them be another
  /// all the same, none goes on alone.
  func agree(_ decision: StepDecision) -> StepDecision {
    let gravest = maximum(decision.gravity)
    guard gravest != decision.gravity else { return decision }
    let reason = "another rank found it unusable"
    return gravest == StepDecision.end(reason).gravity ? .end(reason) : .skip(reason)
  }
}

/// Another rank has ended the run, and says why itself.
struct PeerFailure: Error {
  /// The exit code of all ranks.
  let code: Int32
}
