import Foundation
import RunContract

/// A file system of its own, so small that it is soon full.
public final class SmallDisk: Sendable {
  /// The folder it is seen in.
  public let path: String

  /// Whether one can be made: to mount a file system takes root's rights.
  public static var canBeMade: Bool { geteuid() == 0 }

  /// Why tests are skipped where it cannot. Root of a user namespace is root enough, and `make test` runs
  /// those of them so that need no cluster; Slurm's daemons do not start in one.
  public static let whyNot =
    "only root can mount a small disk; `make test` runs what needs no cluster in a user namespace"

  /// Mounts a disk in a folder, which is made where there is none.
  public init(at path: String, size: String) throws {
    self.path = path
    try makeDirectory(path)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(size),mode=700") == 0 else {
      throw FileError("mount a disk at", path)
    }
  }

  deinit { unmount() }

  /// Takes it away with all that is on it.
  public func unmount() { umount2(path, Int32(MNT_DETACH)) }

  private var filler: String { "\(path)/filler" }

  /// Takes what room there is, but for so many bytes.
  public func fill(leaving room: Int = 0) throws {
    var facts = statvfs()
    guard statvfs(path, &facts) == 0 else { throw FileError("measure", path) }
    let free = Int(facts.f_bavail) * Int(facts.f_frsize) - room
    guard free > 0 else { return }
    let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let code = posix_fallocate(descriptor, lseek(descriptor, 0, SEEK_END), off_t(free))
    guard code == 0 else { throw FileError("fill", filler, code: code) }
  }

  /// Gives the room back, at once: a process that another test has just started may hold the file open.
  public func empty() {
    truncate(filler, 0)
    unlink(filler)
  }
}
