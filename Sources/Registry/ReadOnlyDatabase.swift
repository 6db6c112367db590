import Foundation
import GRDB

/// The registry's file opened by somebody who may only read it.
///
/// SQLite reads a file in rollback mode under its usual locks, and a write-ahead log through the index
/// beside it, where a writer has left one. Where there is no log, reading would have to make that index,
/// which takes write access; there the file is read as if nobody could change it, and what was read
/// counts only if nothing did change meanwhile.
package struct ReadOnlyDatabase: Sendable {
  let path: String

  /// Looks whether the file can be read at all, and has the schema that this program reads.
  /// - Parameter reason: why the file is not opened for writing.
  package init(path: String, because reason: String) throws {
    self.path = path
    let migrator = Schema.migrator
    let (isNewer, isDone) = try read { db in
      (try migrator.hasBeenSuperseded(db), try migrator.hasCompletedMigrations(db))
    }
    if isNewer { throw RegistryError.newerSchema(path: path) }
    if !isDone { throw RegistryError.olderSchema(path: path, reason: reason) }
  }

  /// One read transaction.
  package func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    let end = ContinuousClock.now + .seconds(Registry.busyTimeout)
    while ContinuousClock.now < end {
      let before = try Look(path)
      // A change within one tick of the file system's clock would not show in the file's time.
      if before.isStill, before.age < Self.tick { usleep(UInt32(Self.tick * 1_000_000)) }
      let result = Result { try connect(before).read(body) }
      // Under SQLite's own locks nothing can be torn.
      if !before.isStill { return try result.get() }
      if try Look(path) == before { return try result.get() }
    }
    throw RegistryError.busy(path: path)
  }

  /// Seconds that two changes may lie apart and still have the same time.
  private static let tick = 0.02

  private func connect(_ look: Look) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(TimeInterval(Registry.busyTimeout))
    configuration.label = "registry"
    do {
      return try DatabaseQueue(
        path: look.isStill ? Self.unchanging(path) : path, configuration: configuration)
    } catch let error as DatabaseError where look.hasLog && error.resultCode == .SQLITE_CANTOPEN {
      // A log without its index, and no right to make one.
      throw RegistryError.unfinished(path: path)
    }
  }

  /// The address under which SQLite takes no locks and looks for no log.
  private static func unchanging(_ path: String) -> String {
    let kept = CharacterSet.urlPathAllowed.subtracting(CharacterSet(charactersIn: "?#%"))
    let escaped = path.addingPercentEncoding(withAllowedCharacters: kept) ?? path
    return "file:\(escaped)?immutable=1"
  }

  /// What can be seen of the file from outside.
  private struct Look: Equatable {
    let file: FileFacts
    let log: FileFacts?
    /// Whether the file itself says that it is kept with a write-ahead log.
    let isLogged: Bool

    init(_ path: String) throws {
      guard let file = FileFacts(path) else {
        throw RegistryError.cannotOpen(path: path, reason: String(cString: strerror(errno)))
      }
      self.file = file
      log = FileFacts(path + "-wal")
      isLogged = try Self.isLogged(path)
    }

    var hasLog: Bool { isLogged && (log?.size ?? 0) > 0 }
    /// Whether all that there is stands in the file itself.
    var isStill: Bool { isLogged && !hasLog }
    var age: Double { now() - file.changed }

    /// Byte 18 of a database's header is 2 where it has a write-ahead log.
    private static func isLogged(_ path: String) throws -> Bool {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else {
        throw RegistryError.cannotOpen(path: path, reason: String(cString: strerror(errno)))
      }
      defer { close(descriptor) }
      var version: UInt8 = 0
      return pread(descriptor, &version, 1, 18) == 1 && version == 2
    }
  }

  /// What shows that a file was changed.
  private struct FileFacts: Equatable {
    let inode: UInt64
    let size: Int
    let seconds: Int
    let nanoseconds: Int

    init?(_ path: String) {
      var facts = stat()
      guard lstat(path, &facts) == 0 else { return nil }
      inode = UInt64(facts.st_ino)
      size = Int(facts.st_size)
      #if os(macOS)
        let time = facts.st_mtimespec
      #else
        let time = facts.st_mtim
      #endif
      seconds = time.tv_sec
      nanoseconds = time.tv_nsec
    }

    var changed: Double { Double(seconds) + Double(nanoseconds) / 1e9 }
  }
}
