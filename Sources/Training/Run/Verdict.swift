import Foundation

/// What a mixer has learnt to do, told from the mean |c| of its output's envelope with each source.
public enum Verdict: String, Sendable {
  case copyingInput = "copying input"
  case copyingTarget = "copying target"
  case mixing

  /// |c| from which an output counts as a copy. An even mix of two unrelated sources has about 0.6 to
  /// each, one source alone 1.
  public static let copyingFrom = 0.8

  /// The verdict; of two that are both followed this closely the nearer one is named.
  public init(correlationInput: Double, correlationTarget: Double) {
    if max(correlationInput, correlationTarget) < Self.copyingFrom {
      self = .mixing
    } else {
      self = correlationInput >= correlationTarget ? .copyingInput : .copyingTarget
    }
  }
}
