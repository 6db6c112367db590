import CSpawn
import Foundation
import RunContract
import Synchronization

/// Runs commands as children of this process, each in a session of its own, so that whatever they
/// started ends with them.
///
/// A child has nothing of ours but what it is given: no descriptor, no signal mask, no variable. One
/// thread waits for it, for a wait that blocks has no place among Swift's own; the program's first thread does
/// it itself, for it has nothing else to do.
public struct ProcessRunner: CommandRunner {
  /// How long a command has between TERM and KILL once its time is over.
  static let grace = Duration.seconds(1)

  /// A runner.
  public init() {}

  public func run(_ command: Command) async throws(CommandFailure) -> CommandResult {
    let isCancelled = Flag()
    if isFirstThread { return try Self.perform(command, unless: isCancelled).get() }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        onNewThread {
          continuation.resume(returning: Self.perform(command, unless: isCancelled))
        }
      }
    } onCancel: {
      isCancelled.raise()
    }
    return try result.get()
  }

  private static func perform(
    _ command: Command, unless isCancelled: Flag
  ) -> Result<CommandResult, CommandFailure> {
    Result { () throws(CommandFailure) in
      var child = try ChildProcess(command)
      defer { child.close() }
      return try child.finish(unless: isCancelled)
    }
  }
}

/// Whether this is the thread that the program began with, which no task but the command's own ever uses.
private var isFirstThread: Bool { orchestrate_thread_id() == getpid() }

/// Something that happened once.
final class Flag: Sendable {
  private let value = Atomic(false)
  var isRaised: Bool { value.load(ordering: .relaxed) }
  func raise() { value.store(true, ordering: .relaxed) }
}
