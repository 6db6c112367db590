import Foundation
import RunContract
import TestSupport
import Testing

/// Random kills and lost replies on a real cluster. Whatever happens to `orchestrate` and to sbatch's
/// answers, in the end every config has been executed exactly once: by the trainers' own logs and by the
/// claims in the run directories.
///
/// `TORTURE_ROUNDS` says how many rounds (`make torture`: a thousand); a few in the suite. The long form has
/// a cluster of its own (with accounting where the seed is even) and breaks that too: its controller is frozen and
/// killed, nodes go down, jobs are requeued and cancelled from outside.
@Suite(.timeLimit(.minutes(60))) struct Torture {
  static let rounds =
    ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap(Int.init) ?? 24
  static let isLong = rounds > 100
  /// Rounds at a time, each with a project of its own.
  static let hands = 6

  @Test func everyRunIsExecutedExactlyOnce() async throws {
    // A controller that was killed may show jobs as running until their time limit that have ended, so there
    // is room for some.
    let room = ["CLUSTER_CPUS": "64", "CLUSTER_MEMORY": "64000"]
    let seed = ProcessInfo.processInfo.environment["TORTURE_SEED"].flatMap(UInt64.init) ?? 4
    // Sites keep books or do not.
    let cluster =
      try await Self.isLong
      ? TestCluster.private(accounting: seed.isMultiple(of: 2), settings: room)
      : TestCluster.shared()
    let next = Rounds()
    let controller = TortureController(cluster)
    let counts = try await withThrowingTaskGroup(of: [String: Int].self) { group in
      for _ in 0..<Self.hands {
        group.addTask {
          let work = try await Workspace(cluster)
          try Victim.prepare(work)
          var counts: [String: Int] = [:]
          var victims: [Victim] = []
          while true {
            let round = next.next()
            if round >= Self.rounds {
              try await Victim.expectThatNothingFollows(victims, in: work, controller)
              return counts
            }
            var victim = Victim(work, round: round, seed: seed, controller)
            let fault = try await victim.run()
            counts["rounds", default: 0] += 1
            counts[fault, default: 0] += 1
            counts["runs", default: 0] += victim.runs
            victims.append(victim)
            for (end, count) in victim.retries {
              counts["mended: \(end)", default: 0] += count
            }
          }
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
    #expect(counts["rounds"] == Self.rounds)
    if Self.isLong {
      print("torture:", counts.sorted { $0.key < $1.key })
      try await cluster.stop()
    }
  }
}

/// One experiment that is submitted through one fault.
private struct Victim {
  let work: Workspace
  let name: String
  let round: Int
  private let controller: TortureController
  private var generator: SplitMix
  /// How many runs there were, and what a user or an administrator had to do with them, how often.
  private(set) var runs = 0
  private(set) var retries: [String: Int] = [:]
  private var fault = ""
  /// How each run ended, and all starts until then.
  private var ends: [String: (state: String, starts: [String])] = [:]

  init(_ work: Workspace, round: Int, seed: UInt64, _ controller: TortureController) {
    self.work = work
    self.round = round
    self.controller = controller
    name = "t\(round)"
    generator = SplitMix(state: seed &* 1_000_003 &+ UInt64(round))
  }

  /// Shortens the project's patience and puts wrappers beside it that break sbatch on purpose.
  static func prepare(_ work: Workspace) throws {
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    let real = #"PATH=${PATH#*:}; "#
    let wrappers = [
      // The job is accepted and nobody hears of it.
      "lost":
        #"sbatch "$@" >/dev/null; echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1"#,
      // The request never arrives.
      "swallowed":
        #"echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1"#,
      "killed-after": #"sbatch "$@" >/dev/null; kill -9 $$"#,
      "killed-before": "kill -9 $$",
      "garbage": #"sbatch "$@" >/dev/null; echo 'Welcome to the cluster'"#,
      "silent": #"sbatch "$@" >/dev/null"#,
      // Another number than the job's.
      "number": #"sbatch "$@" >/dev/null; echo 1"#,
      "half": #"sbatch "$@" | head -c 1"#,
      // Another copy of the same script is submitted beside it.
      "twice": #"sbatch "$@" >/dev/null; sbatch "$@""#,
      // It answers after orchestrate was killed.
      "late": #"kill -9 $PPID; sleep 0.3; sbatch "$@""#,
      // It hangs, and so does orchestrate, until somebody kills that.
      "hanging": #"sbatch "$@" >/dev/null; sleep 1; kill -9 $PPID"#,
    ]
    for (name, body) in wrappers {
      try work.scratch.write(
        "#!/bin/bash\n\(real)\(body)\n", to: "faults/\(name)/sbatch", executable: true)
    }
    let liars = [
      "torn": #"squeue "$@" | head -c $((RANDOM % 300))"#,
      "fails": #"echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1"#,
      "noisy":
        #"echo 'Welcome'; squeue "$@"; echo 'slurm_load_jobs error: Unexpected message' >&2"#,
      "killed": "kill -9 $$",
      "slow": #"sleep 1; squeue "$@""#,
      // It ended well and said nothing, or that there is nothing.
      "hollow": "echo 'slurm_load_jobs error: Unexpected message received' >&2",
      "empty": #"squeue "$@" | head -n 1"#,
    ]
    for (name, body) in liars {
      try work.scratch.write(
        "#!/bin/bash\n\(real)\(body)\n", to: "faults/liar-\(name)/squeue", executable: true)
      try work.scratch.write(
        "#!/bin/bash\n\(real)\(body.replacing("squeue", with: "sacct"))\n",
        to: "faults/liar-\(name)/sacct", executable: true)
    }
  }

  static let steps = [
    "planned", "rendered", "written", "intended", "answered", "recorded",
  ]
  static let liars = ["torn", "fails", "noisy", "killed", "slow", "hollow", "empty"]
  static let badEnds = [
    "failed", "lost", "cancelled", "node_failed", "timed_out", "out_of_memory", "diverged",
  ]
  static let wrappers = [
    "lost", "swallowed", "killed-after", "killed-before", "garbage", "silent", "number", "half",
    "twice", "late", "hanging",
  ]

  /// Submits, breaks, recovers, counts.
  /// - Returns: the fault's name.
  mutating func run() async throws -> String {
    let seeds = Int.random(in: 1...3, using: &generator)
    // Some trainers ask to be run again once.
    let interrupted = Int.random(in: 0..<4, using: &generator) == 0
    let fault = pick()
    self.fault = fault.description
    try work.jobFile(
      name,
      """
      \(interrupted ? #"[[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -gt 1 ]] || exit 75"# : "")
      \(fault.isOfARunningJob ? "sleep 1" : "")
      echo "$ORCHESTRATE_TOKEN $ORCHESTRATE_RESTART" >>"$ORCHESTRATE_RUN_DIR/finished.log"
      """, seeds: seeds)
    if Torture.isLong {
      // What a killed controller shows as running that has ended, it ends at the time limit.
      let file = try #require(work.scratch.read("Jobs/\(name).yaml"))
      try work.scratch.write(
        file.replacing("time: \"00:05:00\"", with: "time: \"00:01:00\""), to: "Jobs/\(name).yaml")
    }
    try await submitThrough(fault)
    let states = try await recover(seeds, through: fault)
    runs = states.count
    #expect(states.count == seeds, "round \(round) (\(fault)): \(states.keys.sorted())")
    for (run, state) in states {
      try await judge(run, state, fault, interrupted)
      ends[run] = (state, work.starts(name, run))
    }
    return fault.description
  }

  /// Waits until Slurm has no job of these rounds any more, and looks whether a run that was over has been
  /// started since, or is said to have ended otherwise.
  static func expectThatNothingFollows(
    _ victims: [Victim], in work: Workspace, _ controller: TortureController
  ) async throws {
    try await eventually(within: .seconds(200), every: .seconds(1)) {
      if Torture.isLong { _ = try await controller.repair() }
      let jobs = try await controller.ask("squeue", ["--me", "--noheader", "--format=%j"])
      let names = Set(jobs.split(separator: "\n").map { $0.prefix { $0 != "." } })
      return !victims.contains { names.contains($0.name[...]) }
    }
    try await work.succeed("reconcile")
    let states = try await work.status(mayBeDown: true)
    for victim in victims {
      for (run, end) in victim.ends {
        let state = states[run]?["state"]?.string
        let round = "round \(victim.round) (\(victim.fault)): \(run)"
        let starts = work.starts(victim.name, run)
        if Torture.isLong, end.state != "completed" {
          // A controller that is killed may have a job back that it had ended; what then becomes of it is seen, be
          // it that its node goes down.
          #expect(Set(starts).count == starts.count, "\(round): \(starts)")
          let isOver = ["completed", "cancelled", "lost", "node_failed"].contains(state)
          #expect(isOver, "\(round) is \(states[run]?.canonical ?? "unknown")")
          continue
        }
        #expect(state == end.state, "\(round)")
        #expect(starts == end.starts, "\(round) is \(end.state)")
      }
    }
  }

  /// Whether a run was executed as often as it should have been.
  private func judge(
    _ run: String, _ state: String, _ fault: Fault, _ interrupted: Bool
  ) async throws {
    // A controller that is killed forgets, with the job, who cancelled it; there is no accounting here.
    let isForgotten = if case .scancel = fault { true } else { false }
    let ends = Set(
      ["completed"] + (fault.isCancelled ? ["cancelled"] : []) + (isForgotten ? ["lost"] : []))
    let found = ends.contains(state) ? "" : try await evidence(run)
    #expect(ends.contains(state), "round \(round) (\(fault)): \(run) is \(state)\n\(found)")
    let starts = work.starts(name, run)
    #expect(Set(starts).count == starts.count, "round \(round) (\(fault)): \(run) \(starts)")
    let finished = (work.scratch.read("runs/\(name)/\(run)/finished.log") ?? "")
      .split(separator: "\n")
    if state == "completed" {
      #expect(finished.count == 1, "round \(round) (\(fault)): \(run) \(finished) of \(starts)")
    } else {
      #expect(finished.count <= 1, "round \(round) (\(fault)): \(run) \(finished) of \(starts)")
    }
    // Where only orchestrate and its commands are broken, no start is in vain either.
    if !Torture.isLong, state == "completed" {
      #expect(
        starts.count == (interrupted ? 2 : 1), "round \(round) (\(fault)): \(run) \(starts)")
    }
  }

  /// All that a run that did not complete left behind.
  private func evidence(_ run: String) async throws -> String {
    let status = try await work.status(run, tolerant: true, mayBeDown: Torture.isLong)
    var text = status[run]?.indented ?? "unknown"
    let folders = ["runs/\(name)/\(run)", "runs/\(name)/\(run)/claims"]
    let submissions = try namesInFolder(work.scratch("submissions"))
      .filter { $0.hasPrefix("\(name).") }.map { "submissions/\($0)" }
    for folder in folders + submissions {
      for file in try namesInFolder(work.scratch(folder)).sorted() where file != "script.sh" {
        guard let content = work.scratch.read("\(folder)/\(file)") else { continue }
        text += "\n--- \(folder)/\(file)\n\(content)"
      }
    }
    return text
  }

  enum Fault: CustomStringConvertible {
    case step(String)
    case wrapper(String)
    case time(milliseconds: Int)
    /// The controller stops for some time, or is killed and comes back.
    case frozen(milliseconds: Int)
    case crashed(milliseconds: Int)
    /// Somebody else does that to the job.
    case requeue(milliseconds: Int)
    case scancel(milliseconds: Int)
    /// A node is taken out of service, with all that runs there, and comes back.
    case node(milliseconds: Int)
    /// The user cancels through orchestrate, which is killed on its way.
    case cancel(milliseconds: Int, killedAfter: Int)

    /// Whether the job must take some time to be met.
    var isOfARunningJob: Bool {
      switch self {
      case .requeue, .scancel, .cancel, .node: true
      default: false
      }
    }
    var isCancelled: Bool {
      switch self {
      case .scancel, .cancel: true
      default: false
      }
    }

    var description: String {
      switch self {
      case .step(let name): "killed at \(name)"
      case .wrapper(let name): "sbatch \(name)"
      case .time: "killed at random"
      case .frozen: "controller frozen"
      case .crashed: "controller killed"
      case .requeue: "requeued by hand"
      case .scancel: "cancelled by hand"
      case .node: "node down"
      case .cancel: "cancelled"
      }
    }
  }

  private mutating func pick() -> Fault {
    // One fault alone, for whoever looks for its cause.
    if let name = ProcessInfo.processInfo.environment["TORTURE_FAULT"] {
      switch name {
      case "frozen": return .frozen(milliseconds: Int.random(in: 500...4000, using: &generator))
      case "crashed": return .crashed(milliseconds: Int.random(in: 0...2000, using: &generator))
      case "requeue": return .requeue(milliseconds: Int.random(in: 0...1500, using: &generator))
      case "node": return .node(milliseconds: Int.random(in: 0...1500, using: &generator))
      case "scancel": return .scancel(milliseconds: Int.random(in: 0...1500, using: &generator))
      case "cancel": return aCancel()
      default: return Self.steps.contains(name) ? .step(name) : .wrapper(name)
      }
    }
    // What breaks the cluster for all comes seldom, or nothing else would be met any more.
    switch Torture.isLong ? Int.random(in: 0..<24, using: &generator) : 23 {
    case 0: return .frozen(milliseconds: Int.random(in: 500...4000, using: &generator))
    case 1: return .crashed(milliseconds: Int.random(in: 0...2000, using: &generator))
    case 2...4: return .requeue(milliseconds: Int.random(in: 0...1500, using: &generator))
    case 5...7: return .scancel(milliseconds: Int.random(in: 0...1500, using: &generator))
    case 8: return .node(milliseconds: Int.random(in: 0...1500, using: &generator))
    default: break
    }
    return switch Int.random(in: 0..<10, using: &generator) {
    case 9: aCancel()
    case 0...2: Fault.time(milliseconds: Int.random(in: 0...60, using: &generator))
    case 3...5: Fault.step(Self.steps.randomElement(using: &generator) ?? "written")
    default: Fault.wrapper(Self.wrappers.randomElement(using: &generator) ?? "lost")
    }
  }

  private mutating func aCancel() -> Fault {
    .cancel(
      milliseconds: Int.random(in: 0...1500, using: &generator),
      killedAfter: Int.random(in: 5...60, using: &generator))
  }

  private func submitThrough(_ fault: Fault) async throws {
    var environment = work.environment
    let arguments = ["submit", "Jobs/\(name).yaml", "--executor", "slurm"]
    switch fault {
    case .step(let name): environment["ORCHESTRATE_TEST_STOP_AT"] = name
    case .wrapper(let name):
      let path = try #require(environment["PATH"])
      environment["PATH"] = "\(work.scratch.path)/faults/\(name):\(path)"
    case .time(let milliseconds):
      _ = try await TestSupport.run(
        "timeout",
        ["-s", "KILL", "0.\(String(format: "%03d", milliseconds))", try product("orchestrate")]
          + arguments, environment: environment, in: work.scratch.path)
      return
    case .frozen(let milliseconds), .crashed(let milliseconds):
      let isFrozen = if case .frozen = fault { true } else { false }
      let (work, environment) = (work, environment)
      return try await controller.fail(byFreezing: isFrozen, for: .milliseconds(milliseconds)) {
        _ = try await TestSupport.run(
          product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
      }
    case .requeue(let milliseconds), .scancel(let milliseconds):
      _ = try await TestSupport.run(
        product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
      try await Task.sleep(for: .milliseconds(milliseconds))
      return try await treatByHand(fault)
    case .node(let milliseconds):
      _ = try await TestSupport.run(
        product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
      try await Task.sleep(for: .milliseconds(milliseconds))
      let node = "nodename=n\(round % 4 + 1)"
      _ = try await controller.ask("scontrol", ["update", node, "state=down", "reason=torture"])
      try await Task.sleep(for: .milliseconds(milliseconds))
      _ = try await controller.ask("scontrol", ["update", node, "state=resume"])
      return
    case .cancel(let milliseconds, let limit):
      _ = try await TestSupport.run(
        product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
      try await Task.sleep(for: .milliseconds(milliseconds))
      _ = try await TestSupport.run(
        "timeout",
        ["-s", "KILL", String(format: "0.%03d", limit), try product("orchestrate")] + cancel,
        environment: environment, in: work.scratch.path)
      return
    }
    _ = try await TestSupport.run(
      product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
  }

  private var cancel: [String] { ["cancel", name, "-y"] }

  /// Does to the experiment's jobs what an administrator or a user does without orchestrate, whatever has
  /// become of them.
  private func treatByHand(_ fault: Fault) async throws {
    let jobs = try await controller.ask(
      "squeue", ["--me", "--states=all", "--noheader", "--format=%F %j"])
    let ids = Set(
      jobs.split(separator: "\n").filter { $0.contains(" \(name).") }
        .map { String($0.prefix { $0 != " " }) })
    for id in ids {
      if fault.isCancelled {
        _ = try await controller.ask("scancel", [id])
      } else {
        _ = try await controller.ask("scontrol", ["requeue", id])
      }
    }
  }

  /// A command of a user's, and what goes wrong with it now and then: it is killed at a step or at random, or
  /// squeue and sacct do not tell it the truth.
  private mutating func disturbed(_ command: [String]) async throws {
    var environment = work.environment
    var (program, arguments) = (try product("orchestrate"), command)
    switch Int.random(in: 0..<9, using: &generator) {
    case 0...2:
      let steps = ["intended", "answered", "revoked", "written"]
      environment["ORCHESTRATE_TEST_STOP_AT"] = steps.randomElement(using: &generator)
    case 3:
      let time = String(format: "0.%03d", Int.random(in: 5...80, using: &generator))
      (program, arguments) = ("timeout", ["-s", "KILL", time, program] + command)
    case 4:
      let name = try #require(Self.liars.randomElement(using: &generator))
      let path = try #require(environment["PATH"])
      environment["PATH"] = "\(work.scratch.path)/faults/liar-\(name):\(path)"
    default: break
    }
    _ = try await TestSupport.run(
      program, arguments, environment: environment, in: work.scratch.path)
  }

  /// What a user does who saw it go wrong: submits once more and looks, until all is over.
  private mutating func recover(
    _ seeds: Int, through fault: Fault
  ) async throws -> [String: String] {
    var states: [String: String] = [:]
    for attempt in 0..<(Torture.isLong ? 1000 : 400) {
      // Whoever cancelled a job does not want it submitted once more, which `submit` would do.
      let submits = attempt == 0 ? !fault.isCancelled : states.isEmpty
      var command =
        submits ? ["submit", "Jobs/\(name).yaml", "--executor", "slurm"] : ["reconcile"]
      if attempt == 0, case .cancel = fault { command = cancel }
      let ended = states.filter { Self.badEnds.contains($0.value) }
      if Torture.isLong, !fault.isCancelled, !submits, !ended.isEmpty {
        // Where the cluster broke, it stands there why, and the user tries it again.
        command = ["retry", "-y"] + ended.keys.sorted()
        for (run, state) in ended {
          retries["\(state), \(fault)", default: 0] += 1
          print(
            "torture: round \(round) (\(fault)): \(run) is \(state)\n\(try await evidence(run))")
        }
      }
      if attempt < 6 {
        try await disturbed(command)
      } else {
        _ = try await TestSupport.run(
          product("orchestrate"), command, environment: work.environment, in: work.scratch.path)
      }
      states = try await work.status(name, tolerant: true, mayBeDown: Torture.isLong)
        .mapValues { $0["state"]?.string ?? "?" }
      if Torture.isLong, attempt % 16 == 15 {
        retries["held, then released", default: 0] += try await controller.repair()
      }
      let isOver = states.values.allSatisfy { state in
        state == "completed"
          || Self.badEnds.contains(state) && (!Torture.isLong || fault.isCancelled)
      }
      if states.count == seeds, isOver { break }
      try await Task.sleep(for: .milliseconds(250))
    }
    return states
  }
}
