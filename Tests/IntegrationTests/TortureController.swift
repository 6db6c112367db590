import Foundation
import Synchronization
import TestSupport
import Testing

/// Who breaks the cluster's controller, one thing at a time.
actor TortureController {
  private let cluster: TestCluster
  private var isBroken = false

  init(_ cluster: TestCluster) { self.cluster = cluster }

  /// Freezes the controller, or kills it and starts it again, while something is done.
  func fail(
    byFreezing: Bool, for length: Duration, during body: @Sendable () async throws -> Void
  ) async throws {
    // An actor lets others in while it waits.
    guard !isBroken else { return try await body() }
    isBroken = true
    defer { isBroken = false }
    if byFreezing {
      try cluster.send(SIGSTOP, to: .controller)
      async let end: Void = Task.sleep(for: length)
      async let done: Void = body()
      // It goes on whatever became of the rest, which may be waiting for it.
      _ = try await end
      try cluster.send(SIGCONT, to: .controller)
      try await done
    } else {
      try await cluster.crash(.controller)
      async let done: Void = body()
      try await Task.sleep(for: length)
      try await cluster.restore()
      try await done
    }
  }

  /// What an administrator does after a crash: the controller gave a number out again that a node still knew,
  /// which took the node out of service and has Slurm hold the job.
  /// - Returns: how many jobs were held.
  func repair() async throws -> Int {
    _ = try await ask("scontrol", ["update", "nodename=ALL", "state=resume"])
    let jobs = try await ask("squeue", ["--me", "--noheader", "--format=%A %r"])
    let held = jobs.split(separator: "\n").filter { $0.hasSuffix("launch failed requeued held") }
    for job in held {
      _ = try await ask("scontrol", ["release", String(job.prefix { $0 != " " })])
    }
    return held.count
  }

  /// Asks Slurm for something that it may refuse.
  func ask(_ command: String, _ arguments: [String]) async throws -> String {
    try await run(command, arguments, environment: cluster.environment).output
  }
}

/// Gives out numbers, each once.
final class Rounds: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}
