import Foundation
import RunContract
import Testing

/// The same numbers from the same seed.
private struct Dice: RandomNumberGenerator {
  var generator: SeededGenerator

  mutating func next() -> UInt64 { generator.next() }
}

/// Lines as trainers, careless people and damaged disks write them.
private struct LineMaker {
  var random: Dice

  mutating func pick<Value>(_ list: [Value]) -> Value {
    list[Int.random(in: 0..<list.count, using: &random)]
  }

  mutating func chance(_ part: Int) -> Bool { Int.random(in: 0..<part, using: &random) == 0 }

  mutating func space() -> String { chance(6) ? pick([" ", "\t", "  ", "\r", "\u{A0}"]) : "" }

  mutating func number() -> String {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return "\(Int.random(in: -5...1000, using: &random))"
    case 1: return "\(Int.random(in: .min ... .max, using: &random))"
    case 2: return "\(Double.random(in: -1...1, using: &random))"
    case 3: return "\(Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random)))"
    case 4: return "\(Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random)))"
    case 5:
      return pick([
        "0", "-0", "0.0", "-0.0", "00", "01", "1.", ".5", "+1", "1e", "1e5", "1E-5", "1e+05",
        "1e400",
        "1e-400", "5e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "1e23", "-",
        "1e022",
        "9007199254740993", "9007199254740992.5", "123456789012345678901234567890", "0x10", "1_0",
        "0.000000000000000000000000001", "1.0000000000000000000000000001", "1e99999", "0e999",
        "nan",
      ])
    case 6:
      return pick([
        #""NaN""#, #""Infinity""#, #""-Infinity""#, #""nan""#, #""""#, #""1""#, #""\u004eaN""#,
        "null", "true", "[]", "{}", "NaN", "Infinity",
      ])
    default:
      let digits = String(
        (0..<Int.random(in: 1...20, using: &random)).map { _ in pick(Array("0123456789")) })
      let point = Int.random(in: 0...digits.count, using: &random)
      let whole = digits.prefix(point)
      return (whole.isEmpty ? "0" : whole)
        + (point < digits.count ? "." + digits.dropFirst(point) : "")
        + (chance(3) ? "e\(Int.random(in: -330...330, using: &random))" : "")
    }
  }

  mutating func whole() -> String {
    chance(8) ? number() : "\(Int.random(in: 0...100_000, using: &random))"
  }

  mutating func name() -> String {
    pick([
      "loss", "grad_norm", "corr_penalty", "val_loss", "a", "b", "", "lo\\u0073s", "ä", "a b",
      "a\\\"b",
      "loss ", "step", "values", "x\\/y", "\u{1}", "日本",
    ])
  }

  mutating func values() -> String {
    let members = (0..<Int.random(in: 0...6, using: &random)).map { _ in
      "\(space())\"\(name())\"\(space()):\(space())\(number())\(space())"
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  mutating func line() -> String {
    var members = [
      "\"step\":\(space())\(whole())", "\"epoch\"\(space()):\(whole())", "\"time\":\(number())",
      "\"values\":\(values())",
    ]
    if chance(4) { members.shuffle(using: &random) }
    if chance(20) { members.remove(at: Int.random(in: 0..<4, using: &random)) }
    if chance(20) { members.append(pick(members)) }
    if chance(20) { members.append("\"more\":\(number())") }
    return space() + "{" + members.joined(separator: ",") + "}" + space()
  }

  static let marks = Array("{}[]\",:.eE+-0123456789 \\nu\u{7F}".utf8)

  mutating func damaged(_ line: String) -> [UInt8] {
    var bytes = Array(line.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.remove(at: place)
      case 1: bytes.insert(pick(Self.marks), at: place)
      case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 3: bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: bytes[place...].prefix(12), at: place)
      }
    }
    return bytes
  }
}

/// A record with its numbers as bits, so that NaN equals itself and zero is not minus zero.
private struct Bits: Equatable {
  let step: Int
  let epoch: Int
  let time: UInt64
  let values: [String: UInt64]

  init(_ record: MetricRecord) {
    step = record.step
    epoch = record.epoch
    time = record.time.bitPattern
    values = record.values.mapValues { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
  }
}

@Suite struct MetricTables {
  @Test(arguments: 1...8)
  func bothReadersSayTheSameOfEveryLine(seed: UInt64) {
    var maker = LineMaker(random: Dice(generator: SeededGenerator(seed: seed, stream: "lines")))
    for _ in 0..<200 {
      var table = MetricTable()
      var expected: [Bits] = []
      var damaged = 0
      for _ in 0..<30 {
        let line = maker.line()
        let bytes = maker.chance(2) ? maker.damaged(line) : Array(line.utf8)
        if let record = MetricRecord(line: Data(bytes)) {
          expected.append(Bits(record))
        } else {
          damaged += 1
        }
        bytes.withUnsafeBytes { table.append(line: $0) }
        #expect(
          table.damagedLines == damaged && table.records.last.map(Bits.init) == expected.last,
          "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
      }
      #expect(table.records.map(Bits.init) == expected)
    }
  }

  /// The same lines are JSON texts, or nearly.
  @Test(arguments: 1...4)
  func bothReadersOfJSONSayTheSame(seed: UInt64) {
    var maker = LineMaker(random: Dice(generator: SeededGenerator(seed: seed, stream: "texts")))
    func bits(_ value: JSONValue?) -> String {
      switch value {
      case .number(let number): "\(number.bitPattern)"
      case .array(let list): "[" + list.map { bits($0) }.joined(separator: ",") + "]"
      case .object(let members):
        "{"
          + members.sorted { $0.key < $1.key }.map { "\($0.key): \(bits($0.value))" }
          .joined(separator: ",") + "}"
      default: "\(String(describing: value))"
      }
    }
    for _ in 0..<4000 {
      let line = maker.chance(3) ? "[\(maker.line()),\n\(maker.number())]" : maker.line()
      let text = Data(maker.chance(2) ? maker.damaged(line) : Array(line.utf8))
      #expect(
        bits(try? JSONValue(parsing: text)) == bits(try? JSONValue(parsingAnything: text)),
        "seed \(seed): \(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func ourOwnLinesAndThoseOfPythonAreUsual() {
    var table = MetricTable()
    let values = [
      "loss": 0.12345678901234567, "grad_norm": .infinity, "rate": 1e-5, "n": 43_000_000,
    ]
    for step in 1...3 {
      let line = MetricRecord(step: step, epoch: 1, time: 1_700_000_000.25, values: values).line
      Array(line.utf8).withUnsafeBytes { table.append(line: $0) }
    }
    let python = #"{"step": 4, "epoch": 2, "time": 1.5, "values": {"loss": 1e-07, "val_loss": 3}}"#
    Array(python.utf8).withUnsafeBytes { table.append(line: $0) }
    #expect(table.unusualLines == 0)
    #expect(table.steps == [1, 2, 3, 4])
    #expect(table.records[0].values == values)
    #expect(table.records[3].values == ["loss": 1e-7, "val_loss": 3])
  }

  @Test func onlyWholeLinesOfAPieceAreRead() {
    let line = MetricRecord(step: 1, epoch: 1, time: 1, values: ["a": 1]).line
    var table = MetricTable()
    let piece = Array("\(line)\n\nrubbish\n\(line.prefix(10))".utf8)
    #expect(piece.withUnsafeBytes { table.append(linesOf: $0) } == piece.count - 10)
    #expect(table.steps == [1])
    #expect(table.damagedLines == 1)
  }
}
