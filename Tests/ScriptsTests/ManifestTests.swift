import RunContract
import Scripts
import TestSupport
import Testing

private func task(
  _ index: Int, _ parameters: [String: ParameterValue], directory: String? = nil
) -> ManifestTask {
  ManifestTask(
    index: index, run: "r\(index)", runDirectory: directory ?? "/runs/r\(index)",
    config: Config(parameters: parameters))
}

@Suite struct ManifestTests {
  @Test func aSingleRunHasEverythingInTheScript() throws {
    let manifest = try Manifest(tasks: [
      task(0, ["data": "data/pairs", "corr_weight": 0.5, "penalty": "quadratic"])
    ])
    #expect(
      manifest.common == [
        .init(name: "CORR_WEIGHT", value: "0.5"), .init(name: "DATA", value: "data/pairs"),
        .init(name: "PENALTY", value: "quadratic"),
      ])
    #expect(
      manifest.text
        == "0\tr0\t/runs/r0\t"
        + #"{"corr_weight":0.5,"data":"data/pairs","penalty":"quadratic"}"# + "\n")
    #expect(manifest.sha256 == sha256Hex(manifest.text))
  }

  @Test func onlyWhatDiffersStandsInTheLines() throws {
    let manifest = try Manifest(tasks: [
      task(0, ["data": "d", "seed": 1]), task(1, ["data": "d", "seed": 2, "clamp": 0.5]),
    ])
    #expect(manifest.common == [.init(name: "DATA", value: "d")])
    #expect(
      manifest.text == """
        0\tr0\t/runs/r0\t{"data":"d","seed":1}\tSEED=1
        1\tr1\t/runs/r1\t{"clamp":0.5,"data":"d","seed":2}\tCLAMP=0.5\tSEED=2

        """)
  }

  @Test func everythingTogetherIsEveryEnvironment() throws {
    var random = SplitMix(state: 4)
    let values = manyHostileValues(seed: 5, count: 200)
    let tasks = (0..<40).map { index in
      task(
        index,
        [
          "one": .string(values.randomElement(using: &random) ?? ""),
          "two": .string(values[7]),
          "three": .number(Double(Int.random(in: 0...1, using: &random))),
        ])
    }
    let manifest = try Manifest(tasks: tasks)
    let lines = manifest.text.split(separator: "\n")
    #expect(lines.count == tasks.count)
    for (line, task) in zip(lines, tasks) {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      #expect(fields[0] == "\(task.index)" && fields[3] == task.config.canonicalJSON)
      let all = manifest.common.map { "\($0.name)=\($0.value)" } + fields.dropFirst(4)
      #expect(all.sorted() == task.config.environment.map { "\($0.name)=\($0.value)" }.sorted())
    }
  }

  @Test func whatCannotBeCarriedIsRefused() {
    func message(_ tasks: [ManifestTask]) -> String? {
      #expect(throws: ScriptError.self) { try Manifest(tasks: tasks) }?.description
    }
    #expect(message([]) == "a submission needs a run")
    #expect(
      message([task(0, ["data": "a\nb"])])
        == "parameter data of run r0 holds a line feed (U+000A); a script cannot carry it")
    #expect(
      message([task(0, [:], directory: "/runs/a\tb")])
        == "the directory of run r0 holds a tab (U+0009); a script cannot carry it")
    #expect(
      message([task(0, [:], directory: "runs/a")])
        == "the directory of run r0 must be an absolute path, not \"runs/a\"")
    #expect(message([task(1, [:])]) == "run r1 has index 1 where 0 is due")
    let long = String(repeating: "ä", count: 65_536)
    #expect(
      message([task(0, ["note": .string(long)])])?.hasPrefix(
        "parameter note of run r0 has 131072 bytes; no program can") == true)
    #expect(message([task(0, ["path": "/bin"])])?.contains("PATH already has a meaning") == true)
  }
}
