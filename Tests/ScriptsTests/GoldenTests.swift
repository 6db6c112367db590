import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// The rendered scripts as they are kept in `Golden/`. After a change that is meant, record them anew
/// with `RECORD_GOLDEN=1 swift test -c release --filter GoldenTests` and read the difference.
@Suite struct GoldenTests {
  private static let folder = "\(repositoryRoot)/Tests/ScriptsTests/Golden"

  private func check(_ input: ScriptInput, _ name: String) async throws {
    let script = try shippedTemplate().render(input)
    let path = "\(Self.folder)/\(name).sh"
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try writeDurably(script, to: path, mode: 0o644)
    }
    let kept = String(decoding: try readFile(path), as: UTF8.self)
    #expect(script == kept, "Golden/\(name).sh differs; RECORD_GOLDEN=1 records it anew")
    let syntax = try await run("bash", ["-n", path])
    #expect(syntax.status == 0, "\(syntax)")
  }

  @Test func singleRun() async throws {
    var input = sampleInput(
      parameters: [
        .init(name: "CORR_WEIGHT", value: "0.5"), .init(name: "DATA", value: "data/pairs"),
        .init(name: "PENALTY", value: "quadratic"),
      ])
    input.directives = [
      try Directive("time", "02:00:00"), try Directive("cpus-per-task", "2"),
      try Directive("mem", "4G"),
    ]
    try await check(input, "single")
  }

  @Test func array() async throws {
    var input = sampleInput(
      token: "penalty-sweep.0a1b2c3d4e5f", parameters: [.init(name: "DATA", value: "data/pairs")])
    input.experiment = "penalty-sweep"
    input.array = ArraySpec(count: 21, throttle: 8)
    try await check(input, "array")
  }

  @Test func hostileNames() async throws {
    let folder = "/home/ada/it's #1 \"mix\" $(rm -rf ~) 100% ö"
    var input = sampleInput(
      parameters: [
        .init(name: "DATA", value: "$(touch hacked) `id` 'a' \"b\" \\"),
        .init(name: "EMPTY", value: ""), .init(name: "NOTE", value: "-n # not a comment"),
      ])
    input.experiment = "$(id) 'x'"
    input.workingDirectory = folder
    input.submissionDirectory = "\(folder)/submissions/t"
    input.manifestPath = "\(folder)/submissions/t/manifest"
    input.command = ["\(folder)/bin/train", "--name=a b", "", "$HOME", "it's"]
    input.directives = [try Directive("comment", "run#7 'a' \"b\" \\ --mem=1G")]
    try await check(input, "hostile")
  }

  @Test func modules() async throws {
    var input = sampleInput()
    input.modules = ["openmpi", "gcc/13.2.0"]
    try await check(input, "modules")
  }

  @Test func holdAndDependency() async throws {
    var input = sampleInput()
    input.hold = true
    input.dependency = "afterok:123:456"
    input.directives = [try Directive("exclusive"), try Directive("exclude", "n[3-5],n9")]
    try await check(input, "hold-dependency")
  }
}
