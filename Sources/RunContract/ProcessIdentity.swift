import Foundation

/// A process, for ever: pids are used again, but not with the same start time in the same boot.
public struct ProcessIdentity: Hashable, Sendable {
  /// The kernel's random id of this boot.
  public var bootID: String
  public var pid: Int32
  /// Clock ticks after boot: field 22 of `/proc/<pid>/stat` (proc(5)).
  public var startTime: UInt64

  /// A process that was named elsewhere.
  public init(bootID: String, pid: Int32, startTime: UInt64) {
    self.bootID = bootID
    self.pid = pid
    self.startTime = startTime
  }

  /// The living process with this pid on this machine; `nil` where there is none.
  public init?(pid: Int32) {
    guard let start = Self.startTime(ofLiving: pid) else { return nil }
    self.init(bootID: Self.currentBootID, pid: pid, startTime: start)
  }

  /// This process.
  public static var current: ProcessIdentity? { ProcessIdentity(pid: getpid()) }

  /// The id of this machine's current boot.
  public static let currentBootID: String = {
    let data = try? readFile("/proc/sys/kernel/random/boot_id")
    return String(decoding: data ?? Data(), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }()

  /// Whether this very process lives on this machine. A zombie does not.
  public var isAlive: Bool {
    bootID == Self.currentBootID && Self.startTime(ofLiving: pid) == startTime
  }

  /// `boot pid start`, for a file.
  public var text: String { "\(bootID) \(pid) \(startTime)" }

  /// Reads ``text``.
  public init?(text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 3, let pid = Int32(words[1]), let start = UInt64(words[2]) else {
      return nil
    }
    self.init(bootID: String(words[0]), pid: pid, startTime: start)
  }

  private static func startTime(ofLiving pid: Int32) -> UInt64? {
    ProcessStatus(pid: pid).flatMap { $0.isZombie ? nil : $0.startTime }
  }
}

/// What the kernel says of a process in `/proc/<pid>/stat` (proc(5)).
package struct ProcessStatus {
  /// Whether it has ended and only waits to be asked how.
  package let isZombie: Bool
  /// The process group, which a script's children share.
  package let group: Int32
  /// Clock ticks after boot.
  package let startTime: UInt64

  /// `nil` where there is no such process.
  package init?(pid: Int32) {
    guard pid > 0, let data = try? readFile("/proc/\(pid)/stat") else { return nil }
    // The command's name in field 2 may hold spaces and parentheses: count after the last one.
    let text = String(decoding: data, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let group = Int32(fields[2]), let start = UInt64(fields[19]) else {
      return nil
    }
    isZombie = fields[0] == "Z" || fields[0] == "X"
    self.group = group
    startTime = start
  }
}
