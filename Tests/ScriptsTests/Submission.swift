import Foundation
import RunContract
import Scripts
import TestSupport

/// A submission directory in a scratch folder whose name is as awkward as a name can be, with a trainer
/// that writes down what it was given.
struct Submission {
  let scratch: Scratch
  /// The project folder.
  let project: String
  let tasks: [ManifestTask]
  let token = "mix.a1b2c3d4e5f6"

  static let awkward = "it's #1 \"mix\" $(touch hacked) 100% *ö"

  /// What the trainer does: it leaves its environment, its arguments and its count, then `body`.
  init(
    configs: [[String: ParameterValue]], body: String = "exit 0",
    arguments: [String] = [], modules: [String] = [], directives: [Directive] = [],
    maxRequeues: Int = 0, signalBeforeEnd: Int? = nil
  ) throws {
    let scratch = try Scratch()
    let project = scratch(Self.awkward)
    self.scratch = scratch
    self.project = project
    tasks = configs.enumerated().map { index, parameters in
      ManifestTask(
        index: index, run: "r\(index)", runDirectory: "\(project)/runs/mix/r\(index)",
        config: Config(parameters: parameters))
    }
    // Its own name has no space: Slurm's proctrack/linuxproc cannot kill a process whose name has one.
    let trainer = try scratch.write(
      """
      #!/bin/bash
      cd "$ORCHESTRATE_RUN_DIR" || exit 99
      env -0 >env
      printf '%s\\0' "$@" >arguments
      echo started >>starts
      \(body)
      """, to: "\(Self.awkward)/bin/trainer", executable: true)
    let manifest = try Manifest(tasks: tasks)
    try scratch.write(manifest.text, to: "\(Self.awkward)/submissions/\(token)/manifest")
    let script = try shippedTemplate().render(
      ScriptInput(
        token: token, experiment: "mix", directives: directives,
        array: tasks.count > 1 ? ArraySpec(count: tasks.count) : nil,
        signalBeforeEnd: signalBeforeEnd, maxRequeues: maxRequeues,
        workingDirectory: project, submissionDirectory: "\(project)/submissions/\(token)",
        manifestPath: "\(project)/submissions/\(token)/manifest", manifestSHA256: manifest.sha256,
        modules: modules, command: [trainer] + arguments, parameters: manifest.common))
    try scratch.write(script, to: "\(Self.awkward)/submissions/\(token)/script.sh")
    // Stands for Slurm's srun: everything after `--` is the command.
    try scratch.write(
      """
      #!/bin/bash
      while [[ $1 != -- ]]; do echo "$1" >>'\(scratch("srun.options"))'; shift; done
      shift
      exec "$@"

      """, to: "bin/srun", executable: true)
    try answerRequeues(with: 0)
  }

  /// Lets scontrol write down what it is asked, and the end's record at that time, and answer so.
  func answerRequeues(with status: Int) throws {
    try scratch.write(
      """
      #!/bin/bash
      [[ $1 == requeue ]] || exit 0
      echo "$*" >>'\(scratch("requeues"))'
      cat runs/mix/*/exit.json >>'\(scratch("records"))'
      exit \(status)

      """, to: "bin/scontrol", executable: true)
  }

  /// What scontrol was asked to requeue.
  var requeues: [String] {
    (scratch.read("requeues") ?? "").split(separator: "\n").map(String.init)
  }

  /// The script's path.
  var script: String { "\(project)/submissions/\(token)/script.sh" }

  /// A file of a run.
  func file(_ name: String, of task: Int = 0) -> String? {
    scratch.read("\(Self.awkward)/runs/mix/r\(task)/\(name)")
  }

  /// Writes a file of the first run.
  func put(_ text: String, _ name: String) throws {
    try scratch.write(text, to: "\(Self.awkward)/runs/mix/r0/\(name)")
  }

  /// The environment the trainer of a run was given.
  func environment(of task: Int = 0) -> [String: String] {
    (file("env", of: task) ?? "").split(separator: "\0").reduce(into: [:]) { result, pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      result[String(parts[0])] = parts.count > 1 ? String(parts[1]) : nil
    }
  }

  /// The record of a run's end.
  func exitRecord(of task: Int = 0) -> ExitRecord? {
    file("exit.json", of: task).flatMap { ExitRecord(Data($0.utf8)) }
  }

  /// How often the trainer was started.
  func starts(of task: Int = 0) -> Int {
    file("starts", of: task)?.split(separator: "\n").count ?? 0
  }

  /// The variables that Slurm sets for a job.
  static func slurm(job: Int, restart: Int = 0) -> [String: String] {
    var variables = ["SLURM_JOB_ID": "\(job)", "SLURM_CPUS_PER_TASK": "3"]
    if restart > 0 { variables["SLURM_RESTART_COUNT"] = "\(restart)" }
    return variables
  }

  /// Runs the script to its end, as the local executor does or, with its variables, as Slurm does.
  func start(task: Int = 0, _ variables: [String: String] = [:]) async throws -> Output {
    try await run(
      "bash", [script], environment: environment(task, variables), in: scratch.path)
  }

  /// Runs Bash lines that find the script as `$1` and the first run's directory as `$2`.
  func drive(_ lines: String, _ variables: [String: String] = [:]) async throws -> Output {
    try await run(
      "bash", ["-c", lines, "driver", script, tasks[0].runDirectory],
      environment: environment(0, variables), in: scratch.path)
  }

  private func environment(_ task: Int, _ variables: [String: String]) -> [String: String] {
    var environment = plainEnvironment
    environment["PATH"] = "\(scratch("bin")):\(environment["PATH"] ?? "/usr/bin:/bin")"
    environment["ORCHESTRATE_LOCAL_TASK"] = "\(task)"
    return environment.merging(variables) { $1 }
  }

  /// Replaces text of the script, which must hold it once.
  func replace(_ text: String, with other: String) throws {
    let old = String(decoding: try readFile(script), as: UTF8.self)
    guard old.components(separatedBy: text).count == 2 else {
      throw TestFailure("the script does not hold \(text) once")
    }
    try writeDurably(old.replacing(text, with: other), to: script)
  }
}
