import CStatfs
import Foundation
import RunContract

/// How SQLite keeps a transaction whole.
///
/// A write-ahead log needs shared memory, which no network file system gives across nodes; there the
/// database would be torn. So the log is used only where statfs names a file system that we know to be
/// local, and a rollback journal everywhere else.
public enum JournalMode: String, Sendable {
  case wal
  case truncate

  /// Names a mode for tests, so that what happens on a network file system can be seen on any other.
  public static let testVariable = "ORCHESTRATE_TEST_JOURNAL"

  /// The mode for a file in this folder.
  public static func suited(
    toFolder path: String, environment: [String: String] = inheritedEnvironment
  ) -> JournalMode {
    if let mode = environment[testVariable].flatMap(JournalMode.init(rawValue:)) { return mode }
    var facts = statfs()
    guard statfs(path, &facts) == 0 else { return .truncate }
    return localFileSystems[UInt32(truncatingIfNeeded: facts.f_type)] == nil ? .truncate : .wal
  }

  /// statfs(2)'s magic numbers of file systems that only one machine mounts.
  private static let localFileSystems: [UInt32: String] = [
    0x0000_EF53: "ext2/3/4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs",
    0xF2F5_2010: "f2fs", 0x2FC1_2FC1: "zfs", 0x794C_7630: "overlay", 0xCA45_1A4E: "bcachefs",
  ]
}
