import Foundation
import RunContract
import Testing

/// RFC 8785: one text for each value.
@Suite struct CanonicalTests {
  /// The samples of RFC 8785, appendix B, by their bit patterns.
  @Test(
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"),
      (0x0000_0000_0000_0001, "5e-324"), (0x8000_0000_0000_0001, "-5e-324"),
      (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
      (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"),
      (0x4340_0000_0000_0000, "9007199254740992"), (0xC340_0000_0000_0000, "-9007199254740992"),
      (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"),
      (0x44B5_2D02_C7E1_4AF6, "1e+23"), (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
      (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
      (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
      (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
      (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5554, "333333333.33333325"),
      (0x41B3_DE43_5555_5555, "333333333.3333333"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
      (0x41B3_DE43_5555_5557, "333333333.33333343"),
      (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
      (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func numbersAreECMAScripts(bits: UInt64, text: String) {
    #expect(canonicalNumber(Double(bitPattern: bits)) == text)
  }

  @Test(arguments: [
    (1, "1"), (-1, "-1"), (10, "10"), (0.1, "0.1"), (0.5, "0.5"), (1e-4, "0.0001"), (1e-7, "1e-7"),
    (1.5e-10, "1.5e-10"), (123456789, "123456789"), (1e20, "100000000000000000000"),
    (1.25e30, "1.25e+30"),
    (4.35, "4.35"), (0.000001, "0.000001"),
  ])
  func commonNumbersAreWrittenAsPeopleDo(value: Double, text: String) {
    #expect(canonicalNumber(value) == text)
  }

  @Test func everyNumberReadsBackAsItself() {
    var state: UInt64 = 1
    for _ in 0..<100_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(bitPattern: state ^ (state >> 29))
      guard value.isFinite else { continue }
      let text = canonicalNumber(value)
      #expect(Double(text) == value, "\(text)")
    }
  }

  /// The object of RFC 8785, section 3.2.2.
  @Test func stringsAreEscapedAsLittleAsTheRFCSays() throws {
    let value = try JSONValue(
      parsing: #"""
        {"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
         "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
         "literals": [null, true, false]}
        """#)
    #expect(
      value.canonical
        == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
        + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
  }

  /// The keys of RFC 8785, section 3.2.3: sorted by UTF-16, where a surrogate comes before U+FB33.
  @Test func membersAreSortedByUTF16() {
    let keys: [String] = ["\u{20AC}", "\r", "\u{FB33}", "1", "\u{1F600}", "\u{80}", "\u{F6}"]
    let value = JSONValue.object(Dictionary(uniqueKeysWithValues: keys.map { ($0, .null) }))
    #expect(
      value.canonical
        == "{\"\\r\":null,\"1\":null,\"\u{80}\":null,\"\u{F6}\":null,\"\u{20AC}\":null,"
        + "\"\u{1F600}\":null,\"\u{FB33}\":null}")
  }

  @Test func numbersThatAreNotFiniteBecomeTexts() throws {
    let value = JSONValue.array([.number(.nan), .number(.infinity), .number(-.infinity)])
    #expect(value.canonical == #"["NaN","Infinity","-Infinity"]"#)
    let back = try JSONValue(parsing: value.canonical).array?.map(\.number)
    #expect(back?[0]?.isNaN == true && back?[1] == .infinity && back?[2] == -.infinity)
  }

  @Test func indentedHoldsTheSame() throws {
    let value: JSONValue = ["b": [1, "x"], "a": [:], "c": []]
    #expect(
      value.indented == """
        {
          "a": {},
          "b": [
            1,
            "x"
          ],
          "c": []
        }
        """)
    #expect(try JSONValue(parsing: value.indented) == value)
  }

  @Test(arguments: ["", "{", "{\"a\":}", "[1", "nul", "{} {}", "'a'", "\u{FF}"])
  func otherTextsAreNoJSON(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
  }
}
