import Foundation
import RunContract
import Subprocess
import Synchronization

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Starts the tasks of one local submission, so many at a time, and waits for them.
///
/// It runs as a process of its own in a session of its own, so that neither a closed terminal nor a
/// dropped connection reaches it or its runs. Like a compute node it never opens the registry: what
/// became of a run stands in its run directory.
public struct LocalSupervisor: Sendable {
  /// The file in the submission directory that names the supervisor's process.
  public static let identityFile = "supervisor"
  /// The variable that tells the script which task it is.
  static let taskVariable = "ORCHESTRATE_LOCAL_TASK"

  let submission: SubmissionRequest
  let pool: SlotPool
  /// The places that one run fills: its processors.
  let width: Int
  let environment: [String: String]
  /// How many runs are being executed.
  private let busy = Counter()

  /// A supervisor of a submission whose directory is complete.
  /// - Parameters:
  ///   - places: how many this machine has and how many one run fills.
  ///   - environment: what the scripts inherit is chosen from this.
  public init(
    _ submission: SubmissionRequest, places: LocalPlaces,
    environment: [String: String] = inheritedEnvironment
  ) throws {
    self.submission = submission
    self.environment = environment
    pool = try SlotPool(count: places.count, environment: environment)
    width = places.perRun
  }

  /// Starts everything and returns when the last script has ended.
  public func run() async throws {
    guard let identity = ProcessIdentity.current else { throw FileError("read", "/proc/self/stat") }
    try writeDurably(identity.text, to: "\(submission.directory)/\(Self.identityFile)")
    signal(SIGHUP, SIG_IGN)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in submission.tasks {
        guard let slots = try await freeSlots(before: task) else { continue }
        group.addTask { await start(task, in: slots) }
      }
      try await group.waitForAll()
    }
  }

  /// Waits for the places of one run; `nil` where the task was cancelled meanwhile.
  private func freeSlots(before task: TaskRequest) async throws -> SlotPool.Slots? {
    while Claim.standing(runDirectory: task.runDirectory, token: submission.token) == nil {
      // Its own runs are counted also where the folder of places went with the login and was made anew.
      if (busy.withLock { $0 } + 1) * width <= pool.count, let slots = pool.take(width) {
        busy.withLock { $0 += 1 }
        return slots
      }
      try await Task.sleep(for: .milliseconds(200))
    }
    return nil
  }

  private func start(_ task: TaskRequest, in slots: SlotPool.Slots) async {
    defer {
      slots.release()
      busy.withLock { $0 -= 1 }
    }
    var options = PlatformOptions()
    // A group of its own, so that a signal reaches the trainer too and a terminal's Ctrl-C does not.
    options.createSession = true
    var variables = inherited
    variables[Self.taskVariable] = String(task.index)
    do {
      let log = try FileDescriptor.open(
        FilePath(JobLog.path(in: submission, task: task)), .writeOnly,
        options: [.append, .create], permissions: [.ownerReadWrite])
      defer { try? log.close() }
      _ = try await Subprocess.run(
        .path("/bin/bash"), arguments: [submission.script],
        environment: .custom(
          Dictionary(uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0), $1) })),
        workingDirectory: FilePath(submission.workingDirectory), platformOptions: options,
        input: .none, output: .fileDescriptor(log, closeAfterSpawningProcess: false),
        error: .fileDescriptor(log, closeAfterSpawningProcess: false)
      ) { execution in
        if let process = ProcessIdentity(pid: execution.processIdentifier.value) {
          slots.fill(process)
        }
      }
    } catch {
      Stderr.line("cannot start task \(task.index): \(error)")
    }
  }

  /// What a login shell would give a job, and what an interpreter's environment needs; nothing of
  /// Slurm's, so that the script knows where it is.
  private var inherited: [String: String] {
    let names: Set = [
      "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "LANG", "TZ", "VIRTUAL_ENV",
      "CONDA_PREFIX", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "MODULEPATH", "XDG_RUNTIME_DIR",
    ]
    return environment.filter { names.contains($0.key) || $0.key.hasPrefix("LC_") }
  }
}

/// A number that several tasks change.
private final class Counter: Sendable {
  private let value = Mutex(0)

  func withLock<Result>(_ body: (inout Int) -> Result) -> Result { value.withLock { body(&$0) } }
}

/// Where a job writes before its run directory exists; Slurm's `--output` names the same files.
public enum JobLog {
  /// The log of one task: `slurm-<index>.log`, or `slurm.log` for a single run.
  public static func path(in submission: SubmissionRequest, task: TaskRequest) -> String {
    path(directory: submission.directory, arrayIndex: submission.isArray ? task.index : nil)
  }

  /// The log of one task or of a single run.
  public static func path(directory: String, arrayIndex: Int?) -> String {
    "\(directory)/slurm\(arrayIndex.map { "-\($0)" } ?? "").log"
  }
}

/// The supervisor's own log: its standard error is a file in the submission directory.
enum Stderr {
  static func line(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
