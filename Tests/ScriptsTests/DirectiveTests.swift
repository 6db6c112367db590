import Scripts
import Testing

@Suite struct DirectiveTests {
  @Test func acceptsWhatSbatchTakes() throws {
    #expect(try Directive("mem", "4G").value == "4G")
    #expect(try Directive("contiguous").value == nil)
    #expect(try Directive("exclusive").value == nil)
    #expect(try Directive("exclusive", "user").value == "user")
    #expect(try Directive("comment", "it's #1").value == "it's #1")
    #expect(try Directive("gpus", "a100:2").value == "a100:2")
    #expect(try Directive("time", "1-12:30").value == "1-12:30")
  }

  @Test(
    arguments: [
      ("memm", "4G", "sbatch has no option \"memm\"; did you mean mem?"),
      ("mail_type", "END", "sbatch has no option \"mail_type\"; did you mean mail-type?"),
      ("a\u{1B}b", nil, "sbatch has no option \"a\\u{1B}b\""),
      (
        "job-name", "x",
        "the option job-name is set by orchestrate itself; "
          + "the token is the job's name, by which it is found again"
      ),
      (
        "wrap", "rm",
        "the option wrap is set by orchestrate itself; the command comes from the job file"
      ),
      ("contiguous", "yes", "the option contiguous takes no value"),
      ("mem", nil, "the option mem needs a value: an amount of memory such as 4G or 512M"),
      ("mem", "4GB", "the option mem must be an amount of memory such as 4G or 512M, not \"4GB\""),
      ("mem", "0", "the option mem must be an amount of memory such as 4G or 512M, not \"0\""),
      ("cpus-per-task", "0", "the option cpus-per-task must be a whole number above 0, not \"0\""),
      (
        "cpus-per-task", "two",
        "the option cpus-per-task must be a whole number above 0, not \"two\""
      ),
      ("partition", "a b", "the option partition must be a name without spaces, not \"a b\""),
      ("comment", "a\nb", "the option comment holds a line feed (U+000A)"),
      ("gpus", "two", "the option gpus must be a number of GPUs such as 2 or a100:2, not \"two\""),
      (
        "time", "2h",
        "the option time must be a time such as 02:00:00, 1-12 (days-hours) or 90 (minutes), "
          + "not \"2h\""
      ),
    ] as [(String, String?, String)])
  func refusesWhatItDoesNotTake(option: String, value: String?, message: String) {
    let error = #expect(throws: ScriptError.self) { try Directive(option, value) }
    #expect(error?.description == message)
  }

  @Test func refusesAnArgumentBeyondSlurmsBuffer() {
    #expect(throws: Never.self) { try Directive("comment", String(repeating: "x", count: 8180)) }
    #expect(throws: ScriptError.self) {
      try Directive("comment", String(repeating: "x", count: 8190))
    }
  }

  @Test(arguments: [
    ("90", 5400), ("1:30", 90), ("02:00:00", 7200), ("1-12", 129_600), ("0-0:30", 1800),
    ("2-00:00:01", 172_801), ("UNLIMITED", Double.infinity),
  ])
  func timesAreSlurms(text: String, seconds: Double) {
    #expect(slurmSeconds(text) == seconds)
  }

  @Test(arguments: [
    "", "0", "00:00:00", "1:2:3:4", "1-", "-1", "1--2", "1-2:3:4:5", "1.5", "2h", "٣", " 1", "1:",
    "99999999999", "9999999999-0",
  ])
  func otherTimesAreNone(text: String) {
    #expect(slurmSeconds(text) == nil)
  }
}
