import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// The rendered script, run by a real Bash on this machine.
@Suite struct ScriptRunTests {
  @Test func aRunFindsWhatTheContractPromises() async throws {
    let submission = try Submission(
      configs: [["penalty": "quadratic", "corr_weight": 0.5]], body: "echo trained; exit 3",
      arguments: ["run", "", "a b", "$HOME", "--x=it's", "\\"])
    let before = Date().timeIntervalSince1970
    let output = try await submission.start()
    #expect(output.status == 3, "\(output)")
    let directory = submission.tasks[0].runDirectory
    let environment = submission.environment()
    #expect(environment["CORR_WEIGHT"] == "0.5" && environment["PENALTY"] == "quadratic")
    #expect(environment[EnvironmentName.runDirectory] == directory)
    #expect(environment[EnvironmentName.config] == "\(directory)/config.json")
    #expect(environment[EnvironmentName.metrics] == "\(directory)/metrics.jsonl")
    #expect(environment[EnvironmentName.resume] == "0")
    #expect(environment[EnvironmentName.token] == submission.token)
    #expect(environment[EnvironmentName.restart] == "0")
    #expect(environment["OMP_NUM_THREADS"] == "1")
    #expect(submission.file("arguments") == "run\0\0a b\0$HOME\0--x=it's\0\\\0")
    #expect(submission.file("config.json") == submission.tasks[0].config.canonicalJSON)
    #expect(submission.file("output.log") == "trained\n")
    #expect(submission.file("owner") == "\(submission.token) 0\n")
    let record = try #require(submission.exitRecord())
    #expect(record.token == submission.token && record.restart == 0 && record.code == 3)
    #expect(record.time >= before.rounded(.down) && record.time < before + 60)
    #expect(submission.file("exit.json") == record.text)
    #expect(output.error.contains("run r0 (task 0, restart 0) starts on"))
    #expect(submission.scratch.read("hacked") == nil)
  }

  /// What stands in the manifest is nothing but text, and as long as a variable can be.
  @Test func valuesOfAnyKindAndLengthArrive() async throws {
    let long = String(repeating: "* ? [a] ~ $HOME  `x` \\ é ", count: 4000)
    let values = [long, "*", " a  b ", "", "$(touch hacked)"]
    let submission = try Submission(
      configs: values.enumerated().map { ["note": .string($1), "seed": .number(Double($0))] },
      body: "exit 0")
    for (index, value) in values.enumerated() {
      let output = try await submission.start(task: index)
      #expect(output.status == 0, "\(output)")
      #expect(submission.environment(of: index)["NOTE"] == value)
    }
    #expect(submission.scratch.read("hacked") == nil)
  }

  /// A node that loses its power must not leave an empty file under a name that stands.
  @Test func nothingHasItsNameBeforeItIsOnDisk() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    // Notes what is flushed, how much there was in it, and what has its name by then.
    try submission.scratch.write(
      """
      #!/bin/bash
      for word; do [[ $word != of=* ]] || file=${word#of=}; done
      folder=${file%/*}
      [[ " $* " == *fsync* ]] && echo "${file##*/} $(stat -c %s "$file")" $(ls "$folder") >>'\(submission.scratch("flushed"))'
      PATH=${PATH#*:} exec dd "$@"
      """, to: "bin/dd", executable: true)
    #expect(try await submission.start().status == 0)
    let lines = (submission.scratch.read("flushed") ?? "").split(separator: "\n").map {
      $0.split(separator: " ")
    }
    let names = ["config.json", submission.token, "owner", "exit.json"]
    try #require(lines.count == names.count, "\(lines)")
    for (line, name) in zip(lines, names) {
      #expect(line[0].hasPrefix(".") && line[0].contains(submission.token), "\(line)")
      #expect((Int(line[1]) ?? 0) > 0 && !line.dropFirst(2).contains(Substring(name)), "\(line)")
    }
  }

  @Test func whatItWritesIsTheUsersAlone() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    _ = try await submission.start()
    let files = FileManager.default
    for name in ["", "claims", "checkpoints"] {
      let path = "\(submission.tasks[0].runDirectory)/\(name)"
      #expect(try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
    }
    for name in ["config.json", "owner", "exit.json", "output.log", "claims/\(submission.token)"] {
      let path = "\(submission.tasks[0].runDirectory)/\(name)"
      #expect(try files.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }
    let left = try files.contentsOfDirectory(atPath: "\(submission.tasks[0].runDirectory)/claims")
    #expect(left == [submission.token])
  }

  @Test func theClaimSaysWhoStarted() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    _ = try await submission.start()
    let claim = try #require(submission.file("claims/\(submission.token)"))
    let lines = claim.split(separator: "\n").map {
      $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }
    let names = [
      "kind", "token", "job_id", "array_task", "restart", "host", "boot_id", "pid", "start_time",
      "time",
    ]
    #expect(lines.map(\.[0]) == names)
    let values = Dictionary(uniqueKeysWithValues: lines.map { ($0[0], $0[1]) })
    #expect(values["kind"] == "claim" && values["token"] == submission.token)
    #expect(values["job_id"] == "" && values["restart"] == "0")
    let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    #expect(values["boot_id"] == boot.trimmingCharacters(in: .newlines))
    let uptime = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
    let ticks = (Double(uptime.split(separator: " ")[0]) ?? 0) * Double(sysconf(Int32(_SC_CLK_TCK)))
    let started = try #require(values["start_time"].flatMap(Double.init))
    #expect(started > ticks - 6000 && started <= ticks)
  }

  /// Every value that an environment variable can carry comes back as it was.
  @Test func valuesComeBackUnchanged() async throws {
    let values = manyHostileValues(seed: 6, count: 300)
    var random = SplitMix(state: 7)
    let configs = (0..<12).map { _ in
      Dictionary(
        uniqueKeysWithValues: (0..<40).map { number in
          // The first ones are the same in all runs: those stand in the script.
          ("p\(number)", number < 20 ? values[number] : values.randomElement(using: &random) ?? "")
        })
    }
    let submission = try Submission(configs: configs.map { $0.mapValues { .string($0) } })
    for task in configs.indices {
      let output = try await submission.start(task: task)
      #expect(output.status == 0, "\(output)")
      let environment = submission.environment(of: task)
      for (name, value) in configs[task] {
        let found = environment[name.uppercased()]
        #expect(
          found.map { Array($0.utf8) } == Array(value.utf8), "\(value) came as \(found ?? "-")")
      }
      #expect(
        submission.file("config.json", of: task) == submission.tasks[task].config.canonicalJSON)
    }
    #expect(submission.scratch.read("hacked") == nil)
  }

  @Test func aManifestThatWasChangedStartsNothing() async throws {
    let submission = try Submission(configs: [["seed": 1], ["seed": 2]])
    let manifest = "\(submission.project)/submissions/\(submission.token)/manifest"
    let text = String(decoding: try readFile(manifest), as: UTF8.self)
    try writeDurably(text.replacing("SEED=2", with: "SEED=3"), to: manifest)
    let output = try await submission.start(task: 1)
    #expect(output.status == 65)
    #expect(output.error.contains("is not the one submitted"))
    #expect(submission.starts(of: 1) == 0)
    try FileManager.default.removeItem(atPath: manifest)
    #expect(try await submission.start(task: 1).status == 65)
  }

  @Test(arguments: ["2", "-1", "x", "00", "1 ", "a[$(touch hacked)]", ""])
  func aTaskThatIsNotThereStartsNothing(task: String) async throws {
    let submission = try Submission(configs: [["seed": 1], ["seed": 2]])
    let output = try await submission.start(task: 0, ["SLURM_ARRAY_TASK_ID": task])
    // An empty variable counts as unset, so the local task 0 is meant.
    #expect(output.status == (task.isEmpty ? 0 : 65), "\(output)")
    #expect(submission.scratch.read("hacked") == nil)
  }

  @Test func aTrainerKilledByASignalIsRecordedAsAShellDoes() async throws {
    let submission = try Submission(configs: [["seed": 1]], body: "kill -9 $$")
    #expect(try await submission.start().status == 137)
    #expect(submission.exitRecord()?.code == 137)
  }

  @Test func aMissingModuleEndsTheRunWithARecord() async throws {
    let submission = try Submission(configs: [["seed": 1]], modules: ["no-such-module/1.0"])
    #expect(try await submission.start().status == 1)
    #expect(submission.exitRecord()?.code == 1 && submission.starts() == 0)
    #expect(
      submission.file("output.log")?.contains("cannot load the module no-such-module/1.0") == true)
  }

  @Test func checkpointsMeanResuming() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    try submission.put("x", "checkpoints/step-5.safetensors")
    _ = try await submission.start()
    #expect(submission.environment()[EnvironmentName.resume] == "1")
  }

  @Test func underSlurmTheTrainerRunsThroughSrun() async throws {
    let submission = try Submission(
      configs: [["seed": 1]], body: "exit 0", arguments: ["--", "-x"])
    let output = try await submission.start(Submission.slurm(job: 7))
    #expect(output.status == 0, "\(output)")
    let environment = submission.environment()
    #expect(environment["OMP_NUM_THREADS"] == "3")
    #expect(submission.scratch.read("srun.options")?.contains("--cpus-per-task=3\n") == true)
    #expect(submission.file("arguments") == "--\0-x\0")
    #expect(submission.file("claims/\(submission.token)")?.contains("job_id=7\n") == true)
  }

  /// A limit on the size of files stands for a full disk, which only root can make.
  @Test func whereNothingCanBeWrittenNothingIsTrained() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    let output = try await submission.drive(
      "trap '' XFSZ; ulimit -f 0; exec bash \"$1\"", Submission.slurm(job: 7))
    #expect(output.status == 74 && output.error.contains("cannot write to"), "\(output)")
    #expect(submission.starts() == 0)
    #expect(try await submission.start(Submission.slurm(job: 8)).status == 0)
    #expect(submission.starts() == 1)
  }

  /// The same from the trainer's end on: what cannot be recorded is not, and Slurm is told the truth.
  @Test(arguments: [0, 3, 75])
  func anEndThatCannotBeRecordedIsTheScriptsOwn(code: Int) async throws {
    let submission = try Submission(
      configs: [["seed": 1]], body: "prlimit --pid \"$PPID\" --fsize=0:0; exit \(code)",
      maxRequeues: 3)
    let output = try await submission.drive("trap '' XFSZ; exec bash \"$1\"")
    #expect(output.status == code, "\(output)")
    #expect(submission.starts() == 1 && submission.exitRecord() == nil)
    #expect(submission.requeues.isEmpty)
  }

  private static let sites: [([String: String], String, String, String?)] = [
    (["SLURM_NTASKS": "2"], "none", "pmix_v4 pmix", "pmix"),
    (["SLURM_JOB_NUM_NODES": "2"], "none", "pmix", "pmix"),
    (["SLURM_NTASKS": "1", "SLURM_JOB_NUM_NODES": "1"], "none", "pmix", nil),
    (["SLURM_NTASKS": "2"], "(null)", "pmix", "pmix"),  // Slurm from 23.11 on
    (["SLURM_NTASKS": "2"], "openmpi", "pmix", "pmix"),
    (["SLURM_NTASKS": "2"], "pmi2", "pmix", nil),
    (["SLURM_NTASKS": "2"], "none", "pmi2", nil),
    (["SLURM_NTASKS": "2", "SLURM_MPI_TYPE": "cray_shasta"], "none", "pmix", "cray_shasta"),
  ]

  /// Ranks find each other as the site says, and by PMIx where it says nothing.
  @Test(arguments: sites)
  func severalTasksAreRanks(
    _ variables: [String: String], _ configured: String, _ known: String, _ chosen: String?
  ) async throws {
    let submission = try Submission(configs: [["seed": 1]])
    try submission.scratch.write(
      """
      #!/bin/bash
      if [[ $1 == --mpi=list ]]; then echo "MPI plugin types are... none \(known)" >&2; exit; fi
      while [[ $1 != -- ]]; do shift; done
      shift
      exec "$@"
      """, to: "bin/srun", executable: true)
    try submission.scratch.write(
      "#!/bin/bash\necho 'MpiDefault              = \(configured)'\n", to: "bin/scontrol",
      executable: true)
    let slurm = Submission.slurm(job: 7).merging(variables) { $1 }
    #expect(try await submission.start(slurm).status == 0)
    #expect(submission.environment()["SLURM_MPI_TYPE"] == chosen)
  }
}
