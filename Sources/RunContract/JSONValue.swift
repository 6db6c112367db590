import Foundation

/// A JSON value, with the two texts the project writes: canonical (RFC 8785) and indented.
///
/// Numbers are IEEE doubles, as in RFC 8785. JSON has no word for a number that is not finite;
/// wherever we write JSON such a number becomes one of the strings `"NaN"`, `"Infinity"` and
/// `"-Infinity"`, and ``number`` reads them back.
public enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])
}

extension JSONValue {
  /// The number held here; the three strings for non-finite numbers count as numbers.
  public var number: Double? {
    switch self {
    case .number(let value): value
    case .string("NaN"): .nan
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    default: nil
    }
  }

  /// The number held here where it is a whole one that fits.
  public var integer: Int? { number.flatMap { Int(exactly: $0) } }

  /// The text held here.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The members held here.
  public var object: [String: JSONValue]? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The elements held here.
  public var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// A member of an object, `nil` where there is none.
  public subscript(key: String) -> JSONValue? { object?[key] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }

  /// A text, or null where there is none.
  public init(_ value: String?) { self = value.map { .string($0) } ?? .null }
  /// A whole number, or null where there is none.
  public init(_ value: Int?) { self = value.map { .number(Double($0)) } ?? .null }
  /// A number, or null where there is none.
  public init(_ value: Double?) { self = value.map { .number($0) } ?? .null }
}

// MARK: Writing

extension JSONValue {
  /// The canonical text of RFC 8785 (JCS): members sorted by UTF-16 code units, ECMAScript numbers,
  /// no white space. Equal values have equal texts, so a hash of it names the value.
  public var canonical: String {
    var text = ""
    write(to: &text, indent: nil, depth: 0)
    return text
  }

  /// The same content on several lines, for people.
  public var indented: String {
    var text = ""
    write(to: &text, indent: "  ", depth: 0)
    return text
  }

  fileprivate func write(to text: inout String, indent: String?, depth: Int) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let value):
      if value.isFinite {
        text += canonicalNumber(value)
      } else {
        JSONValue.string(nonFiniteName(value)).write(to: &text, indent: nil, depth: 0)
      }
    case .string(let value): writeQuoted(value, to: &text)
    case .array(let values):
      writeList(values, "[", "]", to: &text, indent: indent, depth: depth) { value, text in
        value.write(to: &text, indent: indent, depth: depth + 1)
      }
    case .object(let members):
      let sorted = members.sorted { precedes($0.key, $1.key) }
      writeList(sorted, "{", "}", to: &text, indent: indent, depth: depth) { member, text in
        writeQuoted(member.key, to: &text)
        text += indent == nil ? ":" : ": "
        member.value.write(to: &text, indent: indent, depth: depth + 1)
      }
    }
  }

  private func writeList<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String,
    indent: String?, depth: Int, each: (Element, inout String) -> Void
  ) {
    text += open
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if let indent { text += "\n" + String(repeating: indent, count: depth + 1) }
      each(element, &text)
    }
    if let indent, !elements.isEmpty { text += "\n" + String(repeating: indent, count: depth) }
    text += close
  }
}

/// The canonical text of an object whose members are still to be made JSON values.
func canonicalObject<Value>(
  _ members: [String: Value], _ json: (Value) -> JSONValue
) -> String {
  var text = "{"
  for (key, value) in members.sorted(by: { precedes($0.key, $1.key) }) {
    if text.utf8.count > 1 { text += "," }
    writeQuoted(key, to: &text)
    text += ":"
    json(value).write(to: &text, indent: nil, depth: 0)
  }
  return text + "}"
}

/// The order of members in canonical JSON.
private func precedes(_ one: String, _ other: String) -> Bool {
  one.utf16.lexicographicallyPrecedes(other.utf16)
}

/// The word that stands for a number JSON cannot hold.
private func nonFiniteName(_ value: Double) -> String {
  value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
}

private func writeQuoted(_ string: String, to text: inout String) {
  text += "\""
  // Nearly all are plain, and ten thousand configs have many.
  if string.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
  {
    text += string
    text += "\""
    return
  }
  for scalar in string.unicodeScalars {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\u{08}": text += "\\b"
    case "\u{0C}": text += "\\f"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case "\u{00}"..<"\u{20}":
      let hex = String(scalar.value, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: text.unicodeScalars.append(scalar)
    }
  }
  text += "\""
}

/// ECMAScript's `Number::toString` for a finite double: the shortest digits that read back as the
/// same value, an exponent below 1e-6 and from 1e21 on, minus zero as `0`.
public func canonicalNumber(_ value: Double) -> String {
  // Nearly all are whole numbers of a few digits or have no exponent, and a sweep has ten thousands.
  if let whole = Int32(exactly: value) { return "\(whole)" }
  // Swift's description has the same shortest digits; in another layout where it has an exponent or says
  // that a number is whole.
  let description = "\(value)"
  if value.magnitude < 1e9, !description.utf8.contains(UInt8(ascii: "e")) { return description }
  let sign = value < 0 ? "-" : ""
  let parts = "\(value.magnitude)".split(separator: "e", maxSplits: 1)
  let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
  let whole = String(mantissa[0])
  let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
  let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
  var digits = whole + fraction
  var point = whole.count + exponent
  let leading = digits.prefix { $0 == "0" }.count
  digits = String(digits.dropFirst(leading))
  point -= leading
  while digits.hasSuffix("0") { digits.removeLast() }
  let count = digits.count
  if count <= point, point <= 21 {
    return sign + digits + String(repeating: "0", count: point - count)
  }
  if point > 0, point <= 21 {
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }
  if point > -6, point <= 0 {
    return sign + "0." + String(repeating: "0", count: -point) + digits
  }
  let power = point - 1
  let tail = count > 1 ? "." + digits.dropFirst() : ""
  return sign + digits.prefix(1) + tail + "e" + (power < 0 ? "-" : "+") + "\(abs(power))"
}

// MARK: Reading

/// A text that is not JSON.
public struct JSONSyntaxError: Error, CustomStringConvertible, Sendable {
  public let description: String

  /// An error in these words.
  public init(description: String) { self.description = description }
}

extension JSONValue {
  /// Reads one JSON value.
  /// - Throws: ``JSONSyntaxError`` where the bytes are not one JSON value.
  public init(parsing data: Data) throws {
    if let value = PlainJSONText.read(data) {
      self = value
      return
    }
    try self.init(parsingAnything: data)
  }

  /// Reads one JSON value of whatever form.
  package init(parsingAnything data: Data) throws {
    do {
      self = try JSONDecoder().decode(JSONValue.self, from: data)
    } catch DecodingError.typeMismatch {
      // The last kind that is tried is an object: nothing else fitted, a number beyond all doubles.
      throw JSONSyntaxError(description: "it holds a number that is too large")
    } catch DecodingError.dataCorrupted(let context) {
      let detail = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
      throw JSONSyntaxError(description: detail ?? context.debugDescription)
    }
  }

  /// Reads one JSON value from a text.
  public init(parsing text: String) throws { try self.init(parsing: Data(text.utf8)) }
}

extension JSONValue: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}
