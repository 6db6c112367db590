import Reports
import RunContract
import Testing

@Suite struct RunConditionTests {
  static let parameters: [String: ParameterValue] = [
    "penalty": .string("quadratic"), "corr_weight": .number(0.3), "sparse": .bool(true),
    "note": .string("a=b"),
  ]

  static let conditions: [(String, Bool)] = [
    ("penalty=quadratic", true), ("penalty==quadratic", true), ("penalty=cubic", false),
    ("penalty!=cubic", true), ("penalty = quadratic", true), ("corr_weight=0.30", true),
    ("corr_weight>=0.3", true), ("corr_weight>0.3", false), ("corr_weight<=3e-1", true),
    ("corr_weight<0.5", true), ("corr_weight!=0.3", false), ("sparse=true", true),
    ("sparse=1", false), ("note=a=b", true), ("missing=1", false), ("missing!=1", true),
    ("missing>0", false), ("penalty>0", false),
  ]

  @Test(arguments: conditions)
  func conditionsHoldOrDoNot(_ text: String, _ holds: Bool) throws {
    #expect(try RunCondition(text).holds(for: Self.parameters) == holds)
  }

  @Test(arguments: [
    ("penalty", "compares nothing"), ("=3", "names no parameter"), ("!penalty", "compares nothing"),
    ("penalty>quadratic", "quadratic is no number"), ("", "compares nothing"),
    ("corr_weight>=", "is no number"), ("x\u{1B}[31m", "compares nothing"),
  ])
  func whatIsNoConditionIsRefused(_ text: String, _ words: String) {
    #expect { try RunCondition(text) } throws: { error in
      "\(error)".contains(words) && !"\(error)".contains("\u{1B}")
    }
  }
}
