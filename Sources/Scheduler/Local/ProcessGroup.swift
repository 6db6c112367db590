import Foundation
import RunContract

/// A local run's processes: the script, which leads the group, and all that it started.
///
/// A script that is killed, as the kernel does when memory runs out, leaves a trainer that goes on. So a
/// run has ended only when nobody of its group is left.
struct ProcessGroup {
  /// The script's process; the group has its number.
  let leader: ProcessIdentity

  /// Whether anybody of the group lives.
  var isAlive: Bool { leader.isAlive || hasSurvivors }

  /// Whether the script is dead and others of its group live. A number is not given out again while a
  /// group bears it: another process of that number means that the group is gone.
  private var hasSurvivors: Bool {
    guard leader.bootID == ProcessIdentity.currentBootID else { return false }
    if let now = ProcessStatus(pid: leader.pid), now.startTime != leader.startTime { return false }
    // Signal 0 finds any member at the price of one system call; most groups are gone.
    guard kill(-leader.pid, 0) == 0 || errno == EPERM else { return false }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.lazy.compactMap { Int32($0) }.contains { pid in
      guard let status = ProcessStatus(pid: pid) else { return false }
      return status.group == leader.pid && !status.isZombie
    }
  }

  /// Sends a signal to everybody in the group.
  func send(_ signal: Int32) { kill(-leader.pid, signal) }
}
