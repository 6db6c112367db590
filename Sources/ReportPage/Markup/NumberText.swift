import Foundation

/// A number as it is read: so many digits that count, a real minus. What is not finite has its name,
/// what is not there is a dash.
/// - Parameter isShort: without zeros at the end, which say how exact a number is.
func numberText(_ value: Double?, digits: Int = 4, isShort: Bool = false) -> String {
  guard let value else { return "–" }
  guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
  if value == 0 { return "0" }
  let text = String(format: "%\(isShort ? "" : "#").\(digits)g", value)
  // The exponent of C has a sign and two digits at least: 1.5e-05.
  let parts = text.split(separator: "e", maxSplits: 1)
  var shown = parts[0].hasPrefix("-") ? "−" + parts[0].dropFirst() : String(parts[0])
  if shown.hasSuffix(".") { shown.removeLast() }
  if parts.count > 1, let exponent = Int(parts[1]) {
    shown += exponent < 0 ? "e−\(-exponent)" : "e\(exponent)"
  }
  return shown
}

/// A probability: not below a thousandth.
func probabilityText(_ value: Double?) -> String {
  guard let value, value.isFinite else { return "–" }
  return value < 0.001 ? "< 0.001" : String(format: "%.3f", value)
}

/// Hours to the precision that a bill needs.
func hoursText(_ hours: Double) -> String {
  guard hours.isFinite else { return numberText(hours) }
  let digits = hours == 0 || hours >= 100 ? 0 : hours >= 10 ? 1 : 2
  return String(format: "%.\(digits)f", hours)
}

/// A duration: `2 h 05 min`, `3 min 20 s`, `4.2 s`.
func durationText(_ seconds: Double?) -> String {
  guard let seconds, seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "–" }
  if seconds < 60 { return "\(numberText(seconds, digits: 3)) s" }
  let whole = Int(seconds.rounded())
  if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
  return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
}

/// A share in percent.
func percentText(_ part: Double, of whole: Double) -> String {
  whole > 0 && part.isFinite ? "\(Int((100 * part / whole).rounded())) %" : "–"
}

/// A place in percent with two digits, for style sheets.
func percentPlace(_ share: Double) -> String {
  let hundredths = Int((min(max(share, -1), 2) * 10_000).rounded())
  let rest = abs(hundredths) % 100
  return "\(hundredths < 0 ? "-" : "")\(abs(hundredths) / 100).\(padded(rest))%"
}

private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

/// How many of what: `1 run`, `3 runs`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
