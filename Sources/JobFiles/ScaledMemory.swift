import RunContract
import Scripts

/// An amount of memory as Slurm writes it, multiplied: `4G` by 1.5 is `6G`.
///
/// The product is exact, in the same unit where it is a whole number of it, else in the next smaller one
/// down to megabytes (or kilobytes where those were written), rounded up there.
/// - Parameters:
///   - text: digits with K, M, G or T, in megabytes without one.
///   - factor: from 1 to 16, as its shortest decimal digits say: 1.1 is eleven tenths.
/// - Returns: `nil` where the text is no amount of memory or the product is none that Slurm reads.
public func scaledMemory(_ text: String, by factor: Double) -> String? {
  let memory = SbatchOption.named("mem")
  guard memory?.complaint(about: text) == nil, (1...16).contains(factor) else { return nil }
  let hasUnit = text.last?.isLetter == true
  let unit = hasUnit ? String(text.suffix(1)) : ""
  guard var amount = UInt64(hasUnit ? text.dropLast() : text[...]) else { return nil }
  let (digits, divisor) = fraction(factor)
  let units = ["T", "G", "M"]
  var smaller = (units.firstIndex(of: unit.uppercased()) ?? units.count) + 1
  var result = unit
  while true {
    let (whole, rest) = quotient(amount, digits, divisor)
    let scaled = rest == 0 ? "\(whole)\(result)" : "\(whole + 1)\(result)"
    if rest == 0 || smaller >= units.count {
      return memory?.complaint(about: scaled) == nil ? scaled : nil
    }
    amount *= 1024
    result = units[smaller]
    smaller += 1
  }
}

/// A factor as a fraction of whole numbers: 1.5 is 15 / 10.
private func fraction(_ factor: Double) -> (digits: UInt64, divisor: UInt64) {
  let parts = canonicalNumber(factor).split(separator: ".")
  let decimals = parts.count > 1 ? String(parts[1]) : ""
  let divisor = decimals.reduce(1 as UInt64) { power, _ in power * 10 }
  return (UInt64(parts[0] + decimals) ?? 0, divisor)
}

/// `amount * digits / divisor` and what is left over.
private func quotient(
  _ amount: UInt64, _ digits: UInt64, _ divisor: UInt64
) -> (whole: UInt64, rest: UInt64) {
  // It fits: the amount is below 10^12 times 1024 twice, and the factor at most 16.
  let (whole, rest) = divisor.dividingFullWidth(amount.multipliedFullWidth(by: digits))
  return (whole, rest)
}
