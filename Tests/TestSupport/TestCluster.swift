import Foundation
import RunContract
import Scheduler

/// A real Slurm cluster on this machine, brought up by `Tools/cluster/up.sh`.
///
/// Tests share one; who breaks something brings up one of their own. Whatever is still up when the
/// test process ends is taken down then.
public final class TestCluster: Sendable {
  /// The cluster's folder.
  public let directory: String
  private let hasAccounting: Bool

  /// The cluster without accounting that all tests share: nobody may break it.
  public static func shared() async throws -> TestCluster { try await plain.value }

  /// The shared cluster with slurmdbd and MariaDB: nobody may break it.
  public static func withAccounting() async throws -> TestCluster { try await accounted.value }

  /// A cluster for one test, which may do anything to it and should ``stop()`` it.
  /// - Parameter settings: further `CLUSTER_*` variables of `up.sh`.
  public static func `private`(
    accounting: Bool = false, settings: [String: String] = [:]
  ) async throws -> TestCluster {
    try await TestCluster(accounting: accounting, settings: settings)
  }

  private static let plain = Task { try await TestCluster(accounting: false, settings: [:]) }
  private static let accounted = Task { try await TestCluster(accounting: true, settings: [:]) }

  private init(accounting: Bool, settings: [String: String]) async throws {
    await LiveClusters.takeDownOrphans.value
    directory = LiveClusters.newDirectory()
    hasAccounting = accounting
    LiveClusters.add(directory)
    try await start(settings)
  }

  private func start(_ settings: [String: String] = [:]) async throws {
    var environment = plainEnvironment
    environment["CLUSTER_DIR"] = directory
    environment["CLUSTER_ACCOUNTING"] = hasAccounting ? "1" : "0"
    environment.merge(settings) { $1 }
    let up = try await run(
      "\(LiveClusters.tools)/up.sh", environment: environment, limit: .seconds(270))
    guard up.status == 0 else {
      throw TestFailure("no Slurm cluster for the tests (see `make setup`): \(up.error)")
    }
  }

  /// Takes the cluster down and removes its folder.
  public func stop() async throws {
    var environment = plainEnvironment
    environment["CLUSTER_DIR"] = directory
    environment["CLUSTER_WIPE"] = "1"
    try await run("\(LiveClusters.tools)/down.sh", environment: environment)
    LiveClusters.remove(directory)
  }

  /// The path for `SLURM_CONF`.
  public var configuration: String { "\(directory)/etc/slurm.conf" }

  /// The environment in which Slurm's commands, and orchestrate, find this cluster.
  public var environment: [String: String] {
    plainEnvironment.merging(["SLURM_CONF": configuration]) { $1 }
  }

  /// Runs one of Slurm's commands on this cluster and gives its output; fails where the status is
  /// not 0.
  @discardableResult
  public func slurm(_ command: String, _ arguments: String...) async throws -> String {
    let result = try await run(command, arguments, environment: environment)
    guard result.status == 0 else {
      throw TestFailure("\(command) \(arguments.joined(separator: " ")): \(result)")
    }
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  // MARK: Breaking it

  /// Sends a signal to a daemon: SIGKILL, SIGSTOP, SIGCONT.
  public func send(_ signal: Int32, to daemon: ClusterDaemon) throws {
    let file = "\(directory)/run/\(daemon.rawValue).pid"
    let text = String(decoding: try readFile(file), as: UTF8.self)
    guard let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 1 else {
      throw TestFailure("\(file) holds no process id")
    }
    guard kill(pid, signal) == 0 else { throw FileError("signal", "\(daemon)") }
  }

  /// Kills a daemon and waits until it is gone.
  public func crash(_ daemon: ClusterDaemon) async throws {
    try send(SIGKILL, to: daemon)
    try await eventually { (try? send(0, to: daemon)) == nil || isZombie(daemon) }
  }

  /// Waits until the controller has written down what it knows of a job, which takes it up to five seconds: until
  /// then, one that is killed forgets the job.
  /// - Parameter word: what stands in the job's record and in no other: its name, or a part of it.
  public func waitUntilSaved(_ word: String) async throws {
    try await eventually(within: .seconds(60)) {
      let state = try? readFile("\(directory)/state/job_state")
      return state?.range(of: Data(word.utf8)) != nil
    }
  }

  /// Kills the controller before it has written its state down: whatever it had accepted is unknown to its
  /// successor, which is started.
  public func loseControllerState() async throws {
    try await crash(.controller)
    for name in try namesInFolder("\(directory)/state")
    where name.hasPrefix("job_state") || name.hasPrefix("hash.") {
      try? FileManager.default.removeItem(atPath: "\(directory)/state/\(name)")
    }
    try await restore()
  }

  /// Starts again what is down.
  public func restore() async throws { try await start() }

  private func isZombie(_ daemon: ClusterDaemon) -> Bool {
    guard let pid = try? readFile("\(directory)/run/\(daemon.rawValue).pid") else { return true }
    let number = String(decoding: pid, as: UTF8.self).trimmingCharacters(in: .newlines)
    guard let status = try? readFile("/proc/\(number)/status") else { return true }
    return String(decoding: status, as: UTF8.self).contains("State:\tZ")
  }
}

/// The daemons of a cluster, by the names of their pid files.
public enum ClusterDaemon: String, Sendable {
  case controller = "slurmctld"
  case accounting = "slurmdbd"
  case firstNode = "slurmd-n1"
}
