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
    guard leader.pid > 1, kill(-leader.pid, 0) == 0 || errno == EPERM else { return false }
    return members.contains { _ in true }
  }

  /// The living processes of the group.
  private var members: some Sequence<Int32> {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.lazy.compactMap { Int32($0) }.filter { pid in
      guard let status = ProcessStatus(pid: pid) else { return false }
      return status.group == leader.pid && !status.isZombie
    }
  }

  /// Whether it is that of a submission's script: a claim lies in a folder that others may have written to, and
  /// the number in it may be anybody's.
  /// - Parameter token: the submission's, which is in the path of its script and in its trainer's environment.
  func belongs(to token: String) -> Bool {
    let script = Data("/\(token)/script.sh\0".utf8)
    let variable = Data("ORCHESTRATE_TOKEN=\(token)\0".utf8)
    return leader.pid > 1
      && members.contains { pid in
        [("cmdline", script), ("environ", variable)].contains { file, mark in
          (try? readFile("/proc/\(pid)/\(file)"))?.range(of: mark) != nil
        }
      }
  }

  /// Sends a signal to everybody in the group.
  func send(_ signal: Int32) {
    // -1 would be every process of the user.
    if leader.pid > 1 { kill(-leader.pid, signal) }
  }
}
