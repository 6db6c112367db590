import RunContract
import Terminal

/// Above this a p-value shows nothing.
let significance = 0.05

extension GroupComparison {
  /// What can and what cannot be concluded, in plain sentences.
  public var verdict: String {
    ([differenceSentence, explosionSentence] + remarks).compactMap { $0 }.joined(separator: " ")
  }

  private var value: String { "\(moment.rawValue) \(metric.name)" }

  private var differenceSentence: String {
    guard let mean = difference.mean else {
      return "No run has a finite \(metric.name) to compare on one of the two sides."
    }
    let size = "\(short(mean.magnitude))"
    guard let low = difference.low, let high = difference.high else {
      return "The \(value) differs by \(short(mean)); one value on a side says nothing of chance."
    }
    let seen = "\(short(mean)) [\(short(low)), \(short(high))]"
    if let adjustedP, adjustedP <= significance {
      let isBetter = (mean < 0) == metric.lowerIsBetter
      return
        "\(isBetter ? "Better" : "Worse"): the \(value) is \(mean < 0 ? "lower" : "higher") by "
        + "\(size) [\(interval(low, high))] over \(extent) (p = \(short(adjustedP)))."
    }
    if mean == 0, low == 0, high == 0 { return "The \(value) is the same over \(extent)." }
    return cannot(seen)
  }

  /// The interval of a difference whose sign the sentence tells in words.
  private func interval(_ low: Double, _ high: Double) -> String {
    (difference.mean ?? 0) < 0
      ? "\(short(-high)), \(short(-low))" : "\(short(low)), \(short(high))"
  }

  private var extent: String {
    difference.isPaired
      ? "\(difference.count) seeds in pairs"
      : "\(difference.count) against \(difference.baselineCount) runs"
  }

  private func cannot(_ seen: String) -> String {
    let subject = difference.isPaired ? "\(difference.count) seeds" : "So few runs"
    let needed = seedsNeeded.map { "; about \($0) seeds would" } ?? ""
    if let smallest = difference.smallestP, smallest * Double(family) > significance {
      let correction = family > 1 ? " before it is corrected for \(family) comparisons" : ""
      return
        "\(subject) cannot show any difference: \(short(smallest)) is the smallest p-value that "
        + "they can give\(correction). The \(value) differs by \(seen)"
        + (seedsNeeded.map { "; about \($0) seeds could show that" } ?? "") + "."
    }
    let p = (adjustedP ?? difference.pValue).map { ", p = \(short($0))" } ?? ""
    if let needed = seedsNeeded, needed <= difference.count {
      return "The difference in the \(value), \(seen)\(p), may be chance."
    }
    return "\(subject) cannot show a difference this small (\(value): \(seen)\(p))\(needed)."
  }

  private var explosionSentence: String? {
    let (mine, theirs) = (explosions.other, explosions.baseline)
    guard mine.count > 0, theirs.count > 0 else { return nil }
    if mine.exploded + theirs.exploded == 0 {
      return "No run of either exploded (\(mine.count) and \(theirs.count) runs: rates up to "
        + "\(percent(mine.high)) and \(percent(theirs.high)) are not excluded)."
    }
    let counts =
      "\(mine.exploded) of \(mine.count) runs (\(mine.shownInterval)) against \(theirs.exploded) of "
      + "\(theirs.count) (\(theirs.shownInterval))"
    guard let p = adjustedExplosionP else { return "Exploded: \(counts)." }
    let isMore =
      mine.exploded * theirs.count > theirs.exploded * mine.count
    if mine.exploded * theirs.count == theirs.exploded * mine.count {
      return "Exploded alike: \(counts)."
    }
    return p <= significance
      ? "It explodes \(isMore ? "more" : "less") often: \(counts), p = \(short(p))."
      : "Exploded: \(counts), which may be chance (p = \(short(p)))."
  }

  private var remarks: [String] {
    var parts: [String] = []
    if left.unfinished > 0 { parts.append("\(runs(left.unfinished)) that did not finish") }
    if left.notFinite > 0 { parts.append("\(runs(left.notFinite)) without a finite value") }
    if left.unpaired > 0 { parts.append("\(runs(left.unpaired)) whose seed the other side lacks") }
    return parts.isEmpty ? [] : ["Not in the difference: \(parts.joined(separator: ", "))."]
  }

  /// Seeds that would probably show a difference of this size.
  var seedsNeeded: Int? { difference.seedsNeeded(family: family) }

  private func runs(_ count: Int) -> String { count == 1 ? "1 run" : "\(count) runs" }
}

extension Explosions.Rate {
  /// `38–96 %`.
  var shownInterval: String {
    guard let low, let high else { return "–" }
    return "\(Int((100 * low).rounded()))–\(percent(high))"
  }
}

/// `43 %`, which no end of a line comes into.
func percent(_ share: Double?) -> String {
  share.map { "\(Int((100 * $0).rounded()))\u{A0}%" } ?? "–"
}
