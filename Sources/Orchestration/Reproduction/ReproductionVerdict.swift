import Registry
import RunContract

/// What a repetition of a run came to, beside the run itself.
public struct ReproductionVerdict: Sendable {
  /// How near the two are to each other.
  public enum Outcome: String, Sendable {
    /// Every value of every step is the same to the bit.
    case identical
    /// All values lie within the tolerance.
    case withinTolerance = "within_tolerance"
    /// They part.
    case parts
    /// One of the two is not over, or has measured nothing.
    case unknown
  }

  public let original: RunRecord
  public let run: RunRecord
  public let agreement: MetricAgreement
  /// The largest relative difference that counts as agreement where identity is not promised.
  public let tolerance: Double
  /// Why identity is not promised for these two, as `instruction_set: avx2, then avx512`; empty where it
  /// is. Identity is promised for the same binary, instruction set, threads and ranks.
  public let reasons: [String]
  /// What it rests on that cannot be known: a trainer that leaves no record of what it ran on.
  public let unknown: [String]
  /// In what the repetition was known not to be what its run had been, and was submitted all the same.
  public let deviations: [String]

  /// The names in `provenance.json` on which identity rests.
  static let conditions = ["binary_sha256", "instruction_set", "threads", "ranks"]

  /// How large a relative difference counts as agreement where identity is not promised: sums in 32-bit
  /// floats, taken in another order, differ by about 1e-6 a step, and training carries that on.
  public static let standardTolerance = 1e-3

  init(
    _ original: RunRecord, _ run: RunRecord, facts: [[RunFact]], _ agreement: MetricAgreement,
    tolerance: Double, deviations: [String]
  ) {
    self.deviations = deviations
    self.original = original
    self.run = run
    self.agreement = agreement
    self.tolerance = tolerance
    var reasons: [String] = []
    var unknown: [String] = []
    for name in Self.conditions {
      let values = facts.map { facts in facts.first { $0.name == name }?.value }
      guard let then = values[0], let now = values[1] else {
        unknown.append(name)
        continue
      }
      if then != now { reasons.append("\(name): \(then), then \(now)") }
    }
    for (run, facts) in zip([original, run], facts) {
      reasons += facts.filter { $0.name == RunFacts.inexact }.map {
        "\(run.name) went on elsewhere: \($0.value)"
      }
    }
    self.reasons = reasons
    self.unknown = unknown
  }

  /// What the two come to.
  public var outcome: Outcome {
    if original.state.isActive || run.state.isActive || agreement.compared == 0 { return .unknown }
    if agreement.isIdentical { return .identical }
    let isNear = agreement.missing == 0 && agreement.largestDifference <= tolerance
    // On the same binary and machine nothing but identity is agreement.
    return isNear && !isPromised ? .withinTolerance : .parts
  }

  /// What the values do not show: lines that were damaged, and ends that are not the same.
  public var remarks: [String] {
    let both = [original, run]
    let anyway = deviations.map { "\(run.name) was submitted although \($0)" }
    let damaged = both.filter { $0.damagedLines > 0 }.map {
      "\($0.damagedLines) damaged line\($0.damagedLines == 1 ? "" : "s") of \($0.name) "
        + "\($0.damagedLines == 1 ? "does" : "do") not count"
    }
    if original.state == run.state || both.contains(where: \.state.isActive) {
      return anyway + damaged
    }
    return anyway + damaged
      + ["\(original.name) is \(original.state.rawValue), \(run.name) \(run.state.rawValue)"]
  }

  /// Whether the two must be identical.
  public var isPromised: Bool { reasons.isEmpty && unknown.isEmpty && deviations.isEmpty }
}
