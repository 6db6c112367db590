import Foundation

/// Reads `30d`, `12h`, `90m`, `45s` or plain seconds.
func seconds(_ text: String) -> Double? {
  let units: [Character: Double] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]
  let unit = text.last.flatMap { units[$0] }
  guard let number = Int(unit == nil ? text : String(text.dropLast())), number >= 0,
    number <= 1_000_000_000
  else { return nil }
  return Double(number) * (unit ?? 1)
}

/// Reads a moment of the past in seconds since 1970: an age as in `7d` or `12h`, or a day or minute as in
/// `2026-11-20` or `2026-11-20T14:30`, by this machine's clock, or with a `Z` by UTC.
func moment(_ text: String, now: Double) -> Double? {
  if let age = Int(text) == nil ? seconds(text) : nil { return now - age }
  let isUTC = text.hasSuffix("Z")
  let formatter = DateFormatter()
  formatter.locale = Locale(identifier: "en_US_POSIX")
  formatter.timeZone = isUTC ? TimeZone(identifier: "UTC") : .current
  formatter.isLenient = false
  for format in ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"] {
    formatter.dateFormat = format
    if let date = formatter.date(from: isUTC ? String(text.dropLast()) : text) {
      return date.timeIntervalSince1970
    }
  }
  return nil
}
