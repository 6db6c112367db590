import JobFiles
import Penalties
import Testing

/// Wraps lines into a job file that is right but for them; they begin on line 3.
private func file(_ lines: String) -> String {
  "experiment: x\nparams: {data: d}\n\(lines)\n"
}

private func mistakes(_ text: String, overrides: [String] = []) -> [String] {
  do {
    _ = try JobFile.load(path: "J", text: text, overrides: overrides)
    return []
  } catch { return error.diagnostics.map(\.description) }
}

@Suite struct BadFileTests {
  /// Of a type that is written out: the compiler gives up on guessing so many.
  static let badFiles: [(String, String)] = [
    // Keys
    ("sweeep: []", "J:3:1: error: unknown key \"sweeep\"; did you mean sweep?"),
    (
      "zzz: 1",
      "J:3:1: error: unknown key \"zzz\"; known here: experiment, template, resources, retry, modules, "
        + "command, params, sweep, seeds"
    ),
    ("experiment: y", "J:1:1: error: the key \"experiment\" occurs twice in one mapping"),
    ("? [a]\n: b", "J:3:3: error: a key must be a text, not a list"),
    ("<<: {a: 1}", "J:3:1: error: unknown key \"<<\""),
    // Resources
    (
      "resources: 4",
      "J:3:12: error: resources must be a mapping of keys to values, not a single value"
    ),
    ("resources: {memroy: 4G}", "J:3:13: error: unknown key \"memroy\"; did you mean memory?"),
    (
      "resources: {memory: 4 GB}",
      "J:3:21: error: memory must be an amount of memory such as 4G or 512M, not \"4 GB\""
    ),
    ("resources: {nodes: 0}", "J:3:20: error: nodes must be a whole number above 0, not \"0\""),
    ("resources: {nodes: 1.5}", "J:3:20: error: nodes must be a whole number above 0, not \"1.5\""),
    (
      "resources: {cpus_per_task: [1]}",
      "J:3:28: error: cpus_per_task must be a text, not a list"
    ),
    ("resources: {max_parallel: -1}", "J:3:27: error: max_parallel must be a whole number above 0"),
    (
      "resources: {time: 2h}",
      "J:3:19: error: time must be a time such as 02:00:00, 1-12 (days-hours) or 90 (minutes), "
        + "not \"2h\""
    ),
    ("resources: {partition: a b}", "J:3:24: error: partition must be a name without spaces"),
    ("resources: {account: \"a\\nb\"}", "J:3:22: error: account holds a line feed (U+000A)"),
    ("resources: {account: \"\"}", "J:3:22: error: account is empty"),
    ("resources: {gpus: two}", "J:3:19: error: gpus must be a number of GPUs such as 2 or a100:2"),
    (
      "resources: {sbatch: {mem: 4G}}",
      "J:3:22: error: the option mem has a key of its own; use resources.memory"
    ),
    (
      "resources: {sbatch: {constrant: a}}",
      "J:3:22: error: sbatch has no option \"constrant\"; did you mean constraint?"
    ),
    (
      "resources: {sbatch: {output: x}}",
      "J:3:22: error: the option output is set by orchestrate itself"
    ),
    (
      "resources: {sbatch: {contiguous: 1}}",
      "J:3:34: error: the option contiguous must be true or false"
    ),
    (
      "resources: {sbatch: [a]}",
      "J:3:21: error: sbatch must be a mapping of keys to values, not a list"
    ),
    // Texts and lists
    ("template: ../x", "J:3:11: error: \"../x\" is no name of a template"),
    (
      "modules: openmpi",
      "J:3:10: error: modules must be a list, not a single value; as in modules:"
    ),
    ("modules: [-x]", "J:3:10: error: \"-x\" is no module's name"),
    ("command: train run", "J:3:10: error: command must be a list, not a single value"),
    ("command: []", "J:3:10: error: command is empty"),
    ("command: [\"\"]", "J:3:11: error: the program is empty"),
    ("command: [a, ~]", "J:3:14: error: an argument of command is empty"),
    // Sweeps
    ("sweep: {a: 1}", "J:3:8: error: sweep must be a list of blocks, not a mapping"),
    ("sweep: []", "J:3:8: error: sweep is empty; leave the key out"),
    ("sweep: [{}]", "J:3:9: error: the block is empty"),
    ("sweep: [1]", "J:3:9: error: a block of sweep must be a mapping"),
    (
      "sweep:\n  - {penalty: quadratic, corr_wieght: 1}",
      "J:4:26: error: train has no parameter \"corr_wieght\"; did you mean corr_weight?"
    ),
    ("sweep: [{corr_weight: []}]", "J:3:23: error: corr_weight has no values"),
    (
      "sweep: [{corr_weight: [0.1, -1]}]",
      "J:3:29: error: corr_weight must be a number from 0 to 1000000, not \"-1\""
    ),
    (
      "sweep: [{corr_weight: {a: 1}}]",
      "J:3:23: error: corr_weight must be a single value, not a mapping"
    ),
    (
      "sweep: [{penalty: quadrtic}]",
      "J:3:19: error: penalty must be one of " + penaltyNames.joined(separator: ", ")
        + ", not \"quadrtic\""
    ),
    (
      "sweep: [{zip: {corr_weight: [1, 2], clamp: [0.5]}}]",
      "J:3:44: error: zip pairs lists of one length, but clamp has 1 values and corr_weight has 2"
    ),
    ("sweep: [{zip: {clamp: 0.5}}]", "J:3:23: error: clamp must be a list of values within zip"),
    ("sweep: [{zip: [1]}]", "J:3:15: error: zip must be a mapping of keys to values, not a list"),
    ("sweep: [{zip: {}}]", "J:3:15: error: zip is empty"),
    (
      "sweep: [{clamp: 0.5, zip: {clamp: [0.6]}}]",
      "J:3:22: error: the block sets clamp twice"
    ),
    // Seeds
    ("seeds: 3", "J:3:8: error: seeds must be a list of whole numbers, not a single value"),
    ("seeds: []", "J:3:8: error: seeds is empty"),
    ("seeds: [1, 2, 1]", "J:3:15: error: the seed 1 occurs twice"),
    ("seeds: [1, 1.0]", "J:3:12: error: the seed 1 occurs twice"),
    (
      "seeds: [-1]",
      "J:3:9: error: seed must be a whole number from 0 to 9007199254740991, not \"-1\""
    ),
    ("seeds: [0.5]", "J:3:9: error: seed must be a whole number"),
    (
      "seeds: [1]\nsweep: [{seed: [2, 3]}]",
      "J:3:1: error: seeds and a sweep of seed exclude each other; keep one of them"
    ),
    // YAML itself
    ("sweep: [{a: 1}", "J:4:1: error: did not find expected ',' or ']'"),
    (
      "seeds:\n\t- 1",
      "J:4:1: error: found character that cannot start any token; the line holds a tab"
    ),
    ("seeds: &s [1]", "J:3:8: error: anchors and aliases (& and *) are not supported here"),
    ("seeds: *s", "J:3:8: error: found undefined alias"),
    ("seeds: !!set {1}", "J:3:8: error: seeds must be a list"),
    ("template: !!int 3", "J:3:11: error: the tag tag:yaml.org,2002:int is not supported here"),
    ("---\nexperiment: y", "J:3:1: error: but found another document"),
    ("template: \"a\u{1}b\"", "J:3:13: error: control characters are not allowed"),
  ]

  @Test(arguments: badFiles)
  func mistakesAreFoundWhereTheyAre(lines: String, message: String) {
    let found = mistakes(file(lines))
    #expect(found.contains { $0.hasPrefix(message) }, "\(found)")
  }

  /// Values that look like something else.
  @Test(arguments: [
    (
      "no",
      "no is read as true or false by some programs and as a text by others; write true, false or \"no\""
    ),
    ("Yes", "Yes is read as true or false"), ("off", "off is read as true or false"),
    ("TRUE", "TRUE is read as true or false"), ("y", "y is read as true or false"),
    ("~", "a parameter cannot be null; write a value or leave it out"),
    ("null", "a parameter cannot be null"), ("", "a parameter cannot be null"),
    (
      "0x1f",
      "0x1f is no decimal number as JSON writes it; write plain digits, or \"0x1f\" for a text"
    ),
    ("0o17", "0o17 is no decimal number"), ("017", "017 is no decimal number"),
    ("1_000", "1_000 is no decimal number"), ("+5", "+5 is no decimal number"),
    (".inf", "a parameter must be a finite number, not .inf; write \".inf\" for a text"),
    ("-.Inf", "a parameter must be a finite number"),
    (".nan", "a parameter must be a finite number"),
    ("NaN", "a parameter must be a finite number"),
    (
      "9007199254740993",
      "9007199254740993 is larger than a parameter can be without losing digits; "
        + "whole numbers go up to 9007199254740991; write \"9007199254740993\" for a text"
    ),
    ("1e400", "1e400 is larger than a parameter can be"),
  ])
  func valuesThatCouldMeanTwoThingsAreRefused(value: String, message: String) {
    let found = mistakes("experiment: x\ncommand: [python, t.py]\nparams:\n  level: \(value)\n")
    let column = value.isEmpty ? "4:9" : "4:10"
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("J:\(column): error: level: \(message)") == true, "\(found)")
  }

  @Test func namesThatAShellWouldUseAreRefused() {
    #expect(
      mistakes("experiment: x\ncommand: [a]\nparams: {path: /bin, Upper: 1, omp_num_threads: 2}\n")
        == [
          "J:3:10: error: no parameter can be named \"path\"; its environment variable PATH already "
            + "has a meaning to the shell, Slurm or MPI",
          "J:3:22: error: no parameter can be named \"Upper\"; a parameter's name is made of a-z, 0-9 "
            + "and _, and begins with a letter",
          "J:3:32: error: no parameter can be named \"omp_num_threads\"; its environment variable "
            + "OMP_NUM_THREADS already has a meaning to the shell, Slurm or MPI",
        ])
  }

  @Test func everyMistakeIsToldAtOnceInTheOrderOfPlaces() {
    let found = mistakes(
      """
      resources: {time: soon, nods: 2}
      params:
        corr_weight: heavy
        epochs: 0
      seeds: [a]

      """)
    #expect(
      found == [
        "J:1:1: error: the key \"experiment\" is missing; name it",
        "J:1:19: error: time must be a time such as 02:00:00, 1-12 (days-hours) or 90 (minutes), "
          + "not \"soon\"",
        "J:1:25: error: unknown key \"nods\"; did you mean nodes?",
        "J:3:16: error: corr_weight must be a number from 0 to 1000000, not \"heavy\"",
        "J:4:11: error: epochs must be a whole number from 1 to 1000000, not \"0\"",
        "J:5:9: error: seed must be a whole number from 0 to 9007199254740991, not \"a\"",
      ])
  }

  @Test func aListInParamsBelongsInSweep() {
    #expect(
      mistakes("experiment: x\nparams: {data: d, clamp: [0.5]}\n") == [
        "J:2:26: error: clamp must be a single value, not a list; lists of values belong under sweep"
      ])
  }

  @Test(arguments: [
    ("", "J: error: the file is empty"), ("# only a comment\n", "J: error: the file is empty"),
    ("- a\n", "J:1:1: error: expected a mapping of keys to values, found a list"),
    ("text", "J:1:1: error: expected a mapping of keys to values, found a single value"),
    ("experiment: x\n", "J: error: the parameter data is not set; data: folder of WAV pairs"),
    ("experiment: x\ncommand: [a]\n", "J: error: no parameter is set; write them under params"),
    (
      "experiment: ../x\nparams: {data: d}\n", "J:1:13: error: \"../x\" is no name of an experiment"
    ),
    (
      "experiment: c..d\nparams: {data: d}\n",
      "J:1:13: error: \"c..d\" is no name of an experiment"
    ),
    ("experiment: ~\nparams: {data: d}\n", "J:1:13: error: experiment is empty"),
  ])
  func wholeFilesThatAreNoJob(text: String, message: String) {
    let found = mistakes(text)
    #expect(found.contains { $0.hasPrefix(message) }, "\(found)")
  }

  @Test func aSweepBeyondAllBoundsIsRefusedWithoutMakingIt() {
    let list = (0..<100).map(String.init).joined(separator: ", ")
    let axes = (0..<40).map { "p\($0): [\(list)]" }.joined(separator: ", ")
    #expect(
      mistakes("experiment: x\ncommand: [a]\nsweep: [{\(axes)}]\n") == [
        "J: error: the sweep makes more than 100000 configs; split it into several files"
      ])
    let many = (0..<1001).map { "- {a: [\(list)], b: \($0)}" }.joined(separator: "\n")
    #expect(mistakes("experiment: x\ncommand: [a]\nsweep:\n\(many)\n").count == 1)
  }

  @Test func textsMadeToHangOrCrashAReaderDoNeither() {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1..<40 {
      bomb += "a\(level): &a\(level) {? [*a\(level - 1), *a\(level - 1)] : 1}\n"
    }
    #expect(mistakes(bomb) == ["J: error: anchors and aliases (& and *) are not supported here"])
    for open in ["[", "{a: ", "- ", "? "] {
      #expect(mistakes(String(repeating: open, count: 100_000)).isEmpty == false)
    }
    #expect(mistakes("experiment: x\nparams: {data: d}\n# \u{FEFF}é\nseeds: [1]\n") == [])
  }

  @Test(arguments: [
    ("epochs", "--set \"epochs\" has no \"=\"; as in --set epochs=5"),
    ("epohcs=5", "--set: train has no parameter \"epohcs\"; did you mean epochs?"),
    ("epochs=0", "--set: epochs must be a whole number from 1 to 1000000, not \"0\""),
    ("epochs=x", "--set: epochs must be a whole number from 1 to 1000000, not \"x\""),
    ("data=a\nb", "--set: data holds a line feed (U+000A)"),
    ("=1", "--set: train has no parameter \"\""),
  ])
  func overridesAreChecked(text: String, message: String) {
    let found = mistakes(file(""), overrides: [text])
    #expect(found.count == 1 && found.first?.hasPrefix(message) == true, "\(found)")
  }
}
