/// Why an executor takes no more jobs at the moment: those that it has are too many. What asks for too much
/// of anything else is refused for good.
public struct WantOfRoom: Sendable, Equatable {
  /// What is full, for a user.
  public let words: String
  /// Whether fewer jobs might be taken all the same.
  public let mayTakeFewer: Bool

  /// Reads a refusal; `nil` for one of another kind.
  init?(refusal: String) {
    if let limit = refusal.firstMatch(of: /\b(Assoc|QOS)[A-Za-z]*Submit[A-Za-z]*/) {
      // Slurm's last word is the same for limits of size and time: only this one tells them apart.
      words = "the limit of submitted jobs is reached (\(limit.0))"
      mayTakeFewer = true
    } else if SubmissionOutcome.queueIsFull.contains(where: refusal.contains) {
      words = "Slurm's queue is full (\(refusal))"
      mayTakeFewer = false
    } else if refusal == SubmissionOutcome.anotherPartIsUnderWay {
      words = refusal
      mayTakeFewer = false
    } else {
      return nil
    }
  }

  /// Why a run waits.
  public var reason: String { "waits: \(words)\(Self.ending)" }

  private static let ending = "; submitted when there is room"

  /// Whether this is why a run waits.
  public static func isReason(_ reason: String?) -> Bool { reason?.hasSuffix(ending) == true }
}

extension SubmissionOutcome {
  /// What is full, where the submission was refused for want of room alone.
  public var wantOfRoom: WantOfRoom? {
    if case .refused(let reason, _) = self { WantOfRoom(refusal: reason) } else { nil }
  }
}
