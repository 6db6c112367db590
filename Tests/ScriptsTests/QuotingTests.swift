import Foundation
import TestSupport
import Testing

import Scripts

/// How Slurm's sbatch reads the rest of a `#SBATCH` line, written down a second time and in another
/// way than in the program: byte by byte, one argument a call.
private func slurmArguments(_ line: String) throws -> [String] {
  let bytes = Array(line.utf8) + [0]
  var position = 0
  var arguments: [String] = []
  while true {
    while bytes[position] == 32 || (9...13).contains(bytes[position]) { position += 1 }
    if bytes[position] == 0 || bytes[position] == UInt8(ascii: "#") { return arguments }
    var argument: [UInt8] = []
    var quote: UInt8 = 0
    func isEnd(_ byte: UInt8) -> Bool {
      byte == 0 || byte == 10 || (quote == 0 && (byte == 32 || (9...13).contains(byte)))
    }
    while !isEnd(bytes[position]) {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\\") {
        if bytes[position + 1] != 0 { argument.append(bytes[position + 1]) }
        position += bytes[position + 1] == 0 ? 1 : 2
      } else if quote != 0, byte == quote {
        quote = 0
        position += 1
      } else if quote == 0, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
        position += 1
      } else if quote == 0, byte == UInt8(ascii: "#") {
        arguments.append(String(decoding: argument, as: UTF8.self))
        return arguments
      } else {
        argument.append(byte)
        position += 1
      }
    }
    if quote != 0 { throw TestFailure("unmatched quote in \(line)") }
    arguments.append(String(decoding: argument, as: UTF8.self))
  }
}

@Suite struct QuotingTests {
  @Test func slurmReadsBackWhatWasQuotedForIt() throws {
    for value in manyHostileValues(seed: 1, count: 2000) {
      let line = " --comment=\(sbatchQuoted(value)) --mem=4G"
      #expect(try slurmArguments(line) == ["--comment=\(value)", "--mem=4G"], "\(value)")
      #expect(try sbatchArguments(line) == ["--comment=\(value)", "--mem=4G"], "\(value)")
    }
  }

  @Test func theTwoReadersOfSlurmsRulesAgree() throws {
    let lines = [
      "--job-name=run#7 --mem=4G", "'a\\'b'", "a\\ b c", "\"x\"'y'z", "  \t--a  --b\t", "# all",
      "--a=#x", "\\#a", "'unclosed", "a'b\"c'd\"e\"",
    ]
    for line in lines + manyHostileValues(seed: 2, count: 2000) where !line.hasPrefix(":") {
      let expected = try? slurmArguments(line)
      let found = try? sbatchArguments(line)
      // Both leave the place before a colon to Slurm's own error.
      if line.contains(" :") || line.contains("\t:") { continue }
      #expect(found == expected, "\(line)")
    }
  }

  @Test func shellQuotingWouldBeWrongForSlurm() throws {
    #expect(try slurmArguments("--comment='it'\\''s'") == ["--comment=it's"])
    #expect(try slurmArguments("--comment='back\\slash'") == ["--comment=backslash"])
    #expect(try slurmArguments("--job-name=run#7 --mem=4G") == ["--job-name=run"])
  }

  @Test func bashReadsBackWhatWasQuotedForIt() async throws {
    let scratch = try Scratch()
    let values = manyHostileValues(seed: 3, count: 2000)
    let words = values.map(shellQuoted).joined(separator: " ")
    try scratch.write("printf '%s\\0' \(words)\n", to: "words.sh")
    let output = try await run("bash", [scratch("words.sh")], in: scratch.path)
    #expect(output.status == 0, "\(output)")
    let found = output.output.split(separator: "\0", omittingEmptySubsequences: false).dropLast()
    #expect(found.map(String.init).elementsEqual(values, by: { $0.utf8.elementsEqual($1.utf8) }))
    #expect(scratch.read("hacked") == nil)
  }

  @Test func plainValuesStayReadable() {
    #expect(shellQuoted("/data/pairs-1.0") == "/data/pairs-1.0")
    #expect(shellQuoted("a b") == "'a b'")
    #expect(shellQuoted("") == "''")
    #expect(sbatchQuoted("02:00:00") == "02:00:00")
    #expect(sbatchQuoted("a \"b\" \\c") == #""a \"b\" \\c""#)
    #expect(sbatchQuoted("") == "\"\"")
  }

  @Test(arguments: [
    ("\0", "a NUL (U+0000)"), ("a\nb", "a line feed (U+000A)"), ("\t", "a tab (U+0009)"),
    ("\r\n", "a carriage return (U+000D)"), ("\u{7F}", "a control character (U+007F)"),
    ("\u{85}", "a control character (U+0085)"), ("\u{1B}[31m", "an escape (U+001B)"),
    ("a\u{2028}", "a line separator (U+2028)"),
    ("\u{202E}x", "a mark of writing direction (U+202E)"),
  ])
  func controlCharactersAreNamed(text: String, name: String) {
    #expect(forbiddenCharacter(in: text) == name)
  }

  @Test func nothingElseIsForbidden() {
    for value in hostileValues { #expect(forbiddenCharacter(in: value) == nil, "\(value)") }
  }
}
