import Foundation
import RunContract
import Synchronization
import TestSupport
import Testing

/// Random kills and lost replies on a real cluster. Whatever happens to `orchestrate` and to sbatch's
/// answers, in the end every config has been executed exactly once: by the trainers' own logs and by the
/// claims in the run directories.
///
/// `TORTURE_ROUNDS` says how many rounds (`make torture`: a thousand); a few in the suite.
@Suite(.timeLimit(.minutes(60))) struct Torture {
  static let rounds =
    ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap(Int.init) ?? 24
  /// Rounds at a time, each with a project of its own.
  static let hands = 6

  @Test func everyRunIsExecutedExactlyOnce() async throws {
    let cluster = try await TestCluster.shared()
    let next = Rounds()
    let seed = ProcessInfo.processInfo.environment["TORTURE_SEED"].flatMap(UInt64.init) ?? 4
    let faults = try await withThrowingTaskGroup(of: [String: Int].self) { group in
      for _ in 0..<Self.hands {
        group.addTask {
          let work = try await Workspace(cluster)
          try Victim.prepare(work)
          var counts: [String: Int] = [:]
          while true {
            let round = next.next()
            if round >= Self.rounds { return counts }
            var victim = Victim(work, round: round, seed: seed)
            let fault = try await victim.run()
            counts[fault, default: 0] += 1
          }
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
    #expect(faults.values.reduce(0, +) == Self.rounds)
    if Self.rounds > 100 { print("torture:", faults.sorted { $0.key < $1.key }) }
  }
}

/// Gives out numbers, each once.
private final class Rounds: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}

/// One experiment that is submitted through one fault.
struct Victim {
  let work: Workspace
  let name: String
  let round: Int
  private var generator: SplitMix

  init(_ work: Workspace, round: Int, seed: UInt64) {
    self.work = work
    self.round = round
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
    ]
    for (name, body) in wrappers {
      try work.scratch.write(
        "#!/bin/bash\n\(real)\(body)\n", to: "faults/\(name)/sbatch", executable: true)
    }
  }

  static let steps = [
    "planned", "rendered", "written", "intended", "answered", "recorded",
  ]
  static let wrappers = [
    "lost", "swallowed", "killed-after", "killed-before", "garbage", "silent", "number", "half",
    "twice", "late",
  ]

  /// Submits, breaks, recovers, counts.
  /// - Returns: the fault's name.
  mutating func run() async throws -> String {
    let seeds = Int.random(in: 1...3, using: &generator)
    // Some trainers ask to be run again once.
    let interrupted = Int.random(in: 0..<4, using: &generator) == 0
    let body =
      interrupted
      ? #"[[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -gt 1 ]] || exit 75"# : "true"
    try work.jobFile(name, body, seeds: seeds)
    let fault = pick()
    try await submitThrough(fault)
    let runs = try await recover(seeds, through: fault)
    #expect(runs.count == seeds, "round \(round) (\(fault)): \(runs.keys.sorted())")
    for (run, state) in runs {
      let found = state == "completed" ? "" : try await evidence(run)
      #expect(state == "completed", "round \(round) (\(fault)): \(run) is \(state)\n\(found)")
      let starts = work.starts(name, run)
      #expect(
        starts.count == (interrupted ? 2 : 1), "round \(round) (\(fault)): \(run) \(starts)")
      #expect(Set(starts).count == starts.count, "round \(round) (\(fault)): \(run) \(starts)")
    }
    return fault.description
  }

  /// All that a run that did not complete left behind.
  private func evidence(_ run: String) async throws -> String {
    let status = try await work.status(run, tolerant: true)[run]?.indented ?? "unknown"
    var text = status
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

    var description: String {
      switch self {
      case .step(let name): "killed at \(name)"
      case .wrapper(let name): "sbatch \(name)"
      case .time: "killed at random"
      }
    }
  }

  private mutating func pick() -> Fault {
    // One fault alone, for whoever looks for its cause.
    if let name = ProcessInfo.processInfo.environment["TORTURE_FAULT"] {
      return Self.steps.contains(name) ? Fault.step(name) : Fault.wrapper(name)
    }
    return switch Int.random(in: 0..<3, using: &generator) {
    case 0: Fault.step(Self.steps.randomElement(using: &generator) ?? "written")
    case 1: Fault.wrapper(Self.wrappers.randomElement(using: &generator) ?? "lost")
    default: Fault.time(milliseconds: Int.random(in: 0...60, using: &generator))
    }
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
    }
    _ = try await TestSupport.run(
      product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
  }

  /// What a user does who saw it go wrong: submits once more and looks, until all is over. Now and then
  /// these commands are killed too.
  private mutating func recover(
    _ seeds: Int, through fault: Fault
  ) async throws -> [String: String] {
    var states: [String: String] = [:]
    for attempt in 0..<400 {
      var environment = work.environment
      if attempt < 6, Int.random(in: 0..<3, using: &generator) == 0 {
        let steps = ["intended", "answered", "revoked", "written"]
        environment["ORCHESTRATE_TEST_STOP_AT"] = steps.randomElement(using: &generator)
      }
      let command =
        attempt == 0 || states.isEmpty
        ? ["submit", "Jobs/\(name).yaml", "--executor", "slurm"] : ["reconcile"]
      _ = try await TestSupport.run(
        product("orchestrate"), command, environment: environment, in: work.scratch.path)
      states = try await work.status(name, tolerant: true).mapValues { $0["state"]?.string ?? "?" }
      let over = ["completed", "failed", "lost", "cancelled"]
      if states.count == seeds, states.values.allSatisfy(over.contains) { break }
      try await Task.sleep(for: .milliseconds(250))
    }
    return states
  }
}
