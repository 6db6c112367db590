import Foundation
import Scheduler

/// The repository's root.
public let repositoryRoot: String = {
  // This file is Tests/TestSupport/Programs.swift.
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
}()

/// The path of a built program, `orchestrate` or `train`: beside the running tests.
public func product(_ name: String) throws -> String {
  let beside = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent(name).path
  let usual = "\(repositoryRoot)/.build/release/\(name)"
  for path in [beside, usual] where FileManager.default.isExecutableFile(atPath: path) {
    return path
  }
  throw TestFailure("\(name) is not built: neither \(beside) nor \(usual) is there")
}

/// Something that a test needs and does not have.
public struct TestFailure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// What a program said and how it ended.
public struct Output: Sendable, CustomStringConvertible {
  /// The exit status as a shell gives it: 128 + n after signal n.
  public let status: Int
  /// Standard output.
  public let output: String
  /// Standard error.
  public let error: String

  public var description: String { "exit \(status)\nstdout: \(output)\nstderr: \(error)" }
}

/// The environment that tests give to programs: this process's own, without anything that would
/// steer Slurm.
public var plainEnvironment: [String: String] {
  ProcessInfo.processInfo.environment.filter { name, _ in
    !["SLURM", "SBATCH", "SACCT", "SQUEUE", "SCANCEL", "SINFO", "SALLOC", "SRUN"]
      .contains(where: name.hasPrefix)
  }
}

/// Runs a program to its end.
/// - Parameters:
///   - executable: a path, or a name that is looked for in the environment's `PATH`.
///   - limit: how long it may take; a longer one fails the test.
/// - Throws: ``TestFailure`` where its time was over, `CommandFailure` where it could not start.
@discardableResult
public func run(
  _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil,
  in directory: String? = nil, limit: Duration = .seconds(120)
) async throws -> Output {
  let result = try await ProcessRunner().run(
    Command(
      executable, arguments, environment: environment ?? plainEnvironment,
      workingDirectory: directory, timeLimit: limit))
  let call = "\(executable) \(arguments.joined(separator: " "))"
  guard !result.timedOut else {
    throw TestFailure(
      "`\(call)` took longer than \(limit)\nstdout: \(result.standardOutput)\n"
        + "stderr: \(result.standardError)")
  }
  let status =
    switch result.ending {
    case .exited(let code): code
    case .signalled(let signal): 128 + signal
    }
  return Output(status: status, output: result.standardOutput, error: result.standardError)
}
