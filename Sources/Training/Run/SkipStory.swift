import Foundation
import RunContract

/// Why a step was not applied, in words: what was wrong, which term of the loss, which files.
struct SkipStory {
  let step: Int
  let epoch: Int
  let reason: String
  /// Terms that were not finite themselves.
  let brokenTerms: [String]
  /// Terms by the norm of their gradients alone, the worst first.
  let blame: [(name: String, norm: Double)]
  let pairs: [TrainingPair]
  /// Whether loss and gradient were finite numbers.
  let isFinite: Bool

  var skipped: String {
    "step \(step) (epoch \(epoch)) skipped: \(reason); \(cause); batch: \(files)"
  }

  var diverged: String {
    "diverged at step \(step) (epoch \(epoch)): \(reason); \(cause); the step was not taken; "
      + "batch: \(files)"
  }

  private var cause: String {
    if !brokenTerms.isEmpty { return "not finite: " + brokenTerms.joined(separator: ", ") }
    guard let worst = blame.first else { return "no term of the loss has a weight" }
    let broken = blame.filter { !$0.norm.isFinite }.map(\.name)
    if broken.isEmpty, !isFinite { return "no single term of the loss is to blame" }
    if !broken.isEmpty {
      return "every term is finite, the gradient of \(broken.joined(separator: ", ")) is not"
    }
    return "caused by \(worst.name), whose gradient alone has norm "
      + String(format: "%.4g", worst.norm)
  }

  private var files: String {
    pairs.map { printable("\($0.input.name) + \($0.target.name)") }.joined(separator: ", ")
  }
}
