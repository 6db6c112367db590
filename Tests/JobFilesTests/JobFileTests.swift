import Foundation
import JobFiles
import RunContract
import Scripts
import TestSupport
import Testing

private func load(
  _ text: String, overrides: [String] = [], site: SiteDefaults = SiteDefaults()
) throws -> JobFile {
  try JobFile.load(path: "J", text: text, overrides: overrides, siteDefaults: site)
}

@Suite struct JobFileTests {
  @Test func theWholeFormIsRead() throws {
    let file = try load(
      """
      experiment: penalty-sweep
      template: other
      resources:
        {partition: cpu, time: "02:00:00", nodes: 1, tasks_per_node: 2, cpus_per_task: 3, memory: 4G,
         gpus: 0, account: null, qos: high, max_parallel: 8,
         sbatch: {constraint: haswell, exclude: n3, exclusive: true, contiguous: false}}
      modules: [openmpi, gcc/13]
      command: [python, train.py, --from-env, ""]
      params: {data: data/pairs, debug: true}
      seeds: [3]
      """)
    #expect(file.experiment == "penalty-sweep" && file.template == "other")
    #expect(file.modules == ["openmpi", "gcc/13"])
    #expect(file.command == ["python", "train.py", "--from-env", ""])
    #expect(file.resources.maxParallel == 8 && file.resources.gpus == nil)
    #expect(
      try file.resources.directives().map { "\($0.option)=\($0.value ?? "-")" } == [
        "partition=cpu", "qos=high", "time=02:00:00", "nodes=1", "ntasks-per-node=2",
        "cpus-per-task=3", "mem=4G", "constraint=haswell", "exclude=n3", "exclusive=-",
      ])
    #expect(
      file.configs.map(\.canonicalJSON) == [#"{"data":"data/pairs","debug":true,"seed":3}"#])
    #expect(file.sha256 == sha256Hex(file.text))
  }

  @Test func whatIsLeftOutHasAStandard() throws {
    let file = try load("experiment: x\nparams: {data: d}\n")
    #expect(file.template == "train" && file.command == ["train", "run"] && file.modules == [])
    #expect(file.resources == Resources() && file.notes == [])
    #expect(file.configs == [Config(parameters: ["data": "d"])])
  }

  @Test func aGridChangesItsLastListFastestAndSeedsFastestOfAll() throws {
    let file = try load(
      """
      experiment: x
      command: [a]
      params: {base: 0}
      sweep:
        - {b: [1, 2], a: [3, 4]}
        - {zip: {a: [5, 6], b: [7, 8]}, c: [0, 1]}
      seeds: [1, 2]
      """)
    let rows = file.configs.map { config in
      ["b", "a", "c", "seed"].map { config.parameters[$0]?.text ?? "-" }.joined()
    }
    #expect(
      rows == [
        "13-1", "13-2", "14-1", "14-2", "23-1", "23-2", "24-1", "24-2",
        "7501", "7502", "7511", "7512", "8601", "8602", "8611", "8612",
      ])
    #expect(file.configs.allSatisfy { $0.parameters["base"] == 0 })
  }

  @Test func theSamePenaltySweepAsInThePlan() throws {
    let file = try JobFile.load(path: "\(repositoryRoot)/Jobs/penalty-sweep.yaml")
    #expect(file.configs.count == 21)
    let settings = file.configs.map {
      "\($0.parameters["penalty"]?.text ?? "") \($0.parameters["corr_weight"]?.text ?? "")"
    }
    #expect(
      Array(Set(settings)).sorted() == [
        "cubic 1", "exponential 0.05", "exponential 0.1", "exponential 0.5", "quadratic 0.3",
        "quadratic 0.5", "quadratic 1",
      ])
  }

  @Test(arguments: [
    ("quadratic", 1), ("exponential", 1), ("penalty-sweep", 21), ("demo", 6),
  ])
  func theShippedFilesAreRight(name: String, count: Int) throws {
    let file = try JobFile.load(path: "\(repositoryRoot)/Jobs/\(name).yaml")
    #expect(file.experiment == name && file.configs.count == count && file.notes == [])
    #expect(file.resources.partition == nil && file.resources.account == nil)
    #expect(throws: Never.self) { try file.resources.directives() }
  }

  @Test func aSweepOverridesParams() throws {
    let file = try load("experiment: x\ncommand: [a]\nparams: {a: 1}\nsweep: [{a: [2, 3]}]\n")
    #expect(file.configs.map { $0.parameters["a"] } == [2, 3])
  }

  @Test(
    arguments: [
      ("seeds: [1]", false), ("seeds: [1, 2]", true), ("seeds:\n  - 1\n  - 2", true),
      ("sweep: [{a: [1, 2]}]", true), ("params: {seeds: 1}", false), ("# seeds: [1, 2]", false),
    ] as [(String, Bool)])
  func severalRunsAreSeenAtAGlance(text: String, areSeen: Bool) throws {
    let scratch = try Scratch()
    let path = try scratch.write("experiment: x\n\(text)\n", to: "x.yaml")
    #expect(JobFile.looksLikeSeveralRuns(path) == areSeen)
    #expect(!JobFile.looksLikeSeveralRuns(scratch("none.yaml")))
  }

  @Test(
    arguments: [
      ("sweep: [{a: [1, 1], b: [1, 2]}]", 2),
      ("sweep: [{zip: {a: [1, 2, 1], b: [3, 4, 3]}}]", 2), ("sweep: [{a: [1, 2]}, {a: [2, 3]}]", 3),
      ("sweep: [{a: [1, 2], b: [1, 2]}]", 4),
    ] as [(String, Int)])
  func eachConfigIsThereOnce(text: String, count: Int) throws {
    #expect(try load("experiment: x\ncommand: [a]\n\(text)\n").configs.count == count)
  }

  @Test func configsThatRepeatAreLeftOutAndSaid() throws {
    let file = try load(
      "experiment: x\ncommand: [a]\nsweep:\n  - {a: [1, 1.0, 2]}\n  - {a: 2}\n")
    #expect(file.configs.map { $0.parameters["a"] } == [1, 2])
    #expect(file.notes == ["2 of 4 configs repeat an earlier one: left out"])
  }

  @Test func setReplacesParamsAndSweptValues() throws {
    let text = """
      experiment: x
      params: {data: d, epochs: 5}
      sweep:
        - {corr_weight: [0.1, 0.2], penalty: [quadratic, cubic]}
        - zip: {corr_weight: [0.3, 0.4], clamp: [0.5, 0.6]}
      seeds: [1, 2]
      """
    let file = try load(text, overrides: ["corr_weight=0.7", "seed=9", "epochs=1", "epochs=2"])
    #expect(file.configs.count == 4)
    #expect(file.configs.allSatisfy { $0.parameters["corr_weight"] == 0.7 })
    #expect(file.configs.allSatisfy { $0.parameters["seed"] == 9 && $0.parameters["epochs"] == 2 })
    #expect(file.notes == [])
    #expect(try load(text, overrides: ["data=a=b"]).configs[0].parameters["data"] == "a=b")
  }

  // MARK: Values

  @Test(
    arguments: [
      ("1:30", "1:30"), ("\"no\"", "no"), ("'0x1f'", "0x1f"), ("2024-01-01", "2024-01-01"),
      ("- x", nil),
      ("a # comment", "a"), ("'it''s #1'", "it's #1"), ("\"\"", ""), ("1.0.0", "1.0.0"),
      ("0x", "0x"), ("v1_000", "v1_000"), ("-", nil), ("--flag", "--flag"), ("ö 音", "ö 音"),
      ("infinite", "infinite"), ("٣", "٣"), ("null-model", "null-model"),
      ("|-\n    block", "block"),
    ] as [(String, String?)])
  func textsStayTexts(written: String, value: String?) throws {
    let text = "experiment: x\ncommand: [a]\nparams:\n  p: \(written)\n"
    guard let value else {
      #expect(throws: JobFileErrors.self) { try load(text) }
      return
    }
    #expect(try load(text).configs[0].parameters["p"] == .string(value))
  }

  @Test(arguments: [
    ("1.0e-4", 0.0001), ("1e3", 1000), ("-0.5", -0.5), ("0", 0), ("-0", 0), (".5", 0.5),
    ("9007199254740991", 9_007_199_254_740_991), ("1e20", 1e20), ("1E+2", 100), ("0.1", 0.1),
  ])
  func numbersAreNumbers(written: String, value: Double) throws {
    let file = try load("experiment: x\ncommand: [a]\nparams: {p: \(written)}\n")
    #expect(file.configs[0].parameters["p"] == .number(value))
  }

  @Test func onlyTrueAndFalseAreTruthValues() throws {
    let file = try load("experiment: x\ncommand: [a]\nparams: {p: true, q: false, r: \"true\"}\n")
    #expect(file.configs[0].parameters == ["p": true, "q": false, "r": "true"])
  }

  @Test func aTimeOfTwoPartsIsExplained() throws {
    let file = try load("experiment: x\nresources: {time: 1:30}\nparams: {data: d}\n")
    #expect(file.resources.time == "1:30")
    #expect(file.notes == ["time 1:30 is 1.5 minutes; hours are written 1:30:00"])
  }

  // MARK: Files

  @Test func filesThatAreNoTextAreRefused() throws {
    let scratch = try Scratch()
    func message(_ path: String) -> String? {
      #expect(throws: JobFileErrors.self) { try JobFile.load(path: path) }?.description
    }
    #expect(message(scratch("none")) == "\(scratch("none")): No such file or directory")
    #expect(message(scratch.path) == "\(scratch.path): is no regular file")
    try Data([0xFF, 0xFE, 0x61]).write(to: URL(fileURLWithPath: scratch("latin")))
    #expect(message(scratch("latin")) == "\(scratch("latin")): is not UTF-8 text")
    try scratch.write(String(repeating: "#", count: (1 << 20) + 1), to: "large")
    #expect(message(scratch("large")) == "\(scratch("large")): is larger than 1048576 bytes")
    #expect(mkfifo(scratch("pipe"), 0o600) == 0)
    #expect(message(scratch("pipe")) == "\(scratch("pipe")): is no regular file")
  }

  @Test func parametersAreReadFromYAMLAndJSON() throws {
    let yaml = try parseParameters(path: "P", text: "penalty: cubic\ncorr_weight: 1.0\n")
    let json = try parseParameters(
      path: "P", text: "{\n\t\"penalty\": \"cubic\",\n\t\"corr_weight\": 1\n}\n")
    #expect(yaml == ["penalty": "cubic", "corr_weight": 1] && json == yaml)
    let error = #expect(throws: JobFileErrors.self) {
      try parseParameters(path: "P", text: "{penalty: [cubic], epochs: -1}")
    }
    #expect(error?.diagnostics.count == 2)
    #expect(try parseParameters(path: "P", text: "any: 1", isTrain: false) == ["any": 1])
  }
}
