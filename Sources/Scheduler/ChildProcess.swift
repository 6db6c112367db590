import CSpawn
import Foundation

/// A started command: its process, and what it has said so far.
struct ChildProcess {
  private let command: Command
  private let pid: pid_t
  /// Where the system tells of its end, a descriptor that can be read from then on; else negative.
  private let process: Int32
  private var output: OutputPipe
  private var error: OutputPipe
  private let clock = ContinuousClock()
  private var stage = Stage.working
  private var deadline: ContinuousClock.Instant
  /// When our patience with it began: the longer the wait, the longer the next nap.
  private var silence = Self.shortestNap

  private enum Stage { case working, asked, killed }
  private static let shortestNap: UInt32 = 50
  private static let longestNap: UInt32 = 20_000

  /// Starts a command.
  init(_ command: Command) throws(CommandFailure) {
    self.command = command
    output = try OutputPipe(command)
    do { error = try OutputPipe(command) } catch {
      output.close()
      throw error
    }
    do { pid = try spawn(command, output: output.writing, error: error.writing) } catch {
      output.close()
      self.error.close()
      throw error
    }
    process = orchestrate_pidfd_open(pid)
    output.closeWriting()
    error.closeWriting()
    deadline = clock.now + command.timeLimit
  }

  mutating func close() {
    output.close()
    error.close()
    if process >= 0 { Foundation.close(process) }
  }

  /// Waits for the end, or brings it about once the time is over.
  mutating func finish(unless isCancelled: Flag) throws(CommandFailure) -> CommandResult {
    var isLost = false
    while !hasEnded {
      isLost = isLost || output.isOverfull || error.isOverfull
      if stage == .working, isLost || isCancelled.isRaised || clock.now >= deadline {
        end(SIGTERM, .asked)
      } else if stage == .asked, clock.now >= deadline {
        end(SIGKILL, .killed)
      } else if stage == .killed, clock.now >= deadline {
        // The kernel does not let it go, as with a file server that is away.
        throw .lost(command.executable, reason: "it does not end, not even by signal 9")
      }
      wait()
    }
    // Those that it left behind go with it, while its number is not yet anybody else's.
    if stage != .working { kill(-pid, SIGKILL) }
    output.drain()
    error.drain()
    let ending = reap()
    if isLost || output.isOverfull || error.isOverfull {
      throw .lost(command.executable, reason: "it said more than \(command.outputLimit) bytes")
    }
    if isCancelled.isRaised, stage != .working {
      throw .lost(command.executable, reason: "it was not waited for")
    }
    return CommandResult(
      ending, standardOutput: output.text, standardError: error.text, timedOut: stage != .working)
  }

  private mutating func end(_ signal: Int32, _ next: Stage) {
    kill(-pid, signal)
    stage = next
    deadline = clock.now + ProcessRunner.grace
  }

  /// Whether it has ended; it is not reaped, so that its number stays its own.
  private var hasEnded: Bool {
    var info = siginfo_t()
    return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo != 0
  }

  private func reap() -> CommandResult.Ending {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? .exited(Int(status >> 8 & 0xFF)) : .signalled(Int(signal))
  }

  /// Takes what it says; where it says nothing more and its end is not told, naps.
  private mutating func wait() {
    var files = [output, error].compactMap(\.polled)
    if process >= 0 { files.append(pollfd(fd: process, events: Int16(POLLIN), revents: 0)) }
    guard !files.isEmpty else {
      usleep(silence)
      silence = min(silence * 2, Self.longestNap)
      return
    }
    // Who left the pipe to a child of its own is noticed by the next look, and so is a time that is over.
    let limit = Self.longestNap / 1000
    guard poll(&files, nfds_t(files.count), Int32(limit)) > 0 else { return }
    output.drain()
    error.drain()
  }
}
