import JobFiles
import Testing

/// Wraps lines into a job file that is right but for them; they begin on line 3.
private func file(_ lines: String) -> String {
  "experiment: x\nparams: {data: d}\n\(lines)\n"
}

private func mistakes(_ text: String) -> [String] {
  do {
    _ = try JobFile.load(path: "J", text: text)
    return []
  } catch { return error.diagnostics.map(\.description) }
}

@Suite struct BadRetryTests {
  private static let cases: [(String, String)] = [
    (
      "resources: {sbatch: {signal: B:USR1@60}}",
      "J:3:22: error: the option signal is set by orchestrate itself; use resources.signal_before_end"
    ),
    (
      "resources: {signal_before_end: 1m}",
      "J:3:32: error: signal_before_end must be a whole number of seconds from 0 to 65535, not \"1m\"; "
        + "0 asks for no signal"
    ),
    (
      "resources: {signal_before_end: 65536}",
      "J:3:32: error: signal_before_end must be a whole number of seconds from 0 to 65535"
    ),
    ("retry: 3", "J:3:8: error: retry must be a mapping of keys to values, not a single value"),
    (
      "retry: {outofmemory: 2}",
      "J:3:9: error: unknown key \"outofmemory\"; did you mean out_of_memory?"
    ),
    (
      "retry: {failed: again, failed: never}",
      "J:3:9: error: the key \"failed\" occurs twice in one mapping"
    ),
    (
      "retry: {max_requeues: -1}",
      "J:3:23: error: max_requeues must be a whole number from 0 to 1000, not \"-1\""
    ),
    (
      "retry: {max_requeues: 1001}", "J:3:23: error: max_requeues must be a whole number from 0 to"
    ),
    (
      "retry: {max_requeues: 2.0}", "J:3:23: error: max_requeues must be a whole number from 0 to"
    ),
    (
      "retry: {timeout: contniue}",
      "J:3:18: error: timeout must be continue or never, not \"contniue\"; did you mean continue?"
    ),
    (
      "retry: {timeout: again}", "J:3:18: error: timeout must be continue or never, not \"again\""
    ),
    (
      "retry: {node_failure: agian}",
      "J:3:23: error: node_failure must be again or never, not \"agian\"; did you mean again?"
    ),
    ("retry: {failed: true}", "J:3:17: error: failed must be again or never, not \"true\""),
    ("retry: {failed: [again]}", "J:3:17: error: failed must be a text, not a list"),
    ("retry: {failed: }", "J:3:17: error: failed is empty"),
    (
      "retry: {out_of_memory: 1.5}",
      "J:3:9: error: out_of_memory multiplies memory, and resources ask for none; "
        + "as in resources: {memory: 4G}"
    ),
  ]

  @Test(arguments: cases)
  func mistakesAreFoundWhereTheyAre(lines: String, message: String) {
    let found = mistakes(file(lines))
    #expect(found.contains { $0.hasPrefix(message) }, "\(found)")
  }

  @Test(arguments: ["1", "0.5", "16.1", "-2", "x", "xx2", "nan", "inf", "1e400", "+2", "1_5", "2x"])
  func aFactorThatMultipliesNothingIsRefused(factor: String) {
    let found = mistakes(file("resources: {memory: 4G}\nretry: {out_of_memory: \(factor)}"))
    #expect(
      found == [
        "J:4:24: error: out_of_memory must be never or a factor above 1 and up to 16, "
          + "not \"\(factor)\"; as in out_of_memory: 1.5"
      ])
  }

  @Test func aMisspeltNeverIsToldSo() {
    let found = mistakes(file("resources: {memory: 4G}\nretry: {out_of_memory: nevr}"))
    #expect(found.first?.hasSuffix("did you mean never?") == true, "\(found)")
  }
}
