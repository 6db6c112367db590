import Foundation
import GRDB

/// The SQLite file that remembers every config and every run.
///
/// A value with verbs: each verb is one transaction, so that any number of processes may use one
/// registry at once. Only `orchestrate` opens it, on the login node; jobs never do.
public struct Registry: Sendable {
  let database: DatabaseQueue
  /// The file's path.
  public let path: String

  /// Seconds to wait for another process's transaction before giving up.
  public static let busyTimeout = 30

  /// Opens the registry, makes it where there is none, and brings an older schema up to date.
  /// - Throws: ``RegistryError``.
  public init(path: String) throws {
    let version = Int(Database.sqliteLibVersionNumber)
    guard version >= 3_037_000 else {
      throw RegistryError.oldSQLite(
        version: "\(version / 1_000_000).\(version / 1000 % 1000).\(version % 1000)")
    }
    self.path = path
    let mode = JournalMode.suited(toFolder: (path as NSString).deletingLastPathComponent)
    do {
      database = try Self.persistently { try Self.open(path: path, mode: mode) }
      try Self.persistently { [database] in try Self.migrate(database, path: path) }
    } catch let error as DatabaseError {
      throw Self.explain(error, path: path)
    }
  }

  /// Does something that another process may be doing at the same moment. Whoever comes second finds
  /// the tables half there or the journal mode locked, looks again a moment later, and finds it done.
  private static func persistently<Value>(_ body: () throws -> Value) throws -> Value {
    for attempt in 1..<40 {
      do { return try body() } catch let error as DatabaseError {
        let isHopeless = [.SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_CANTOPEN, .SQLITE_READONLY]
          .contains(error.resultCode)
        if isHopeless { throw error }
        usleep(UInt32(5_000 * attempt))
      }
    }
    return try body()
  }

  private static func open(path: String, mode: JournalMode) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(TimeInterval(busyTimeout))
    configuration.foreignKeysEnabled = true
    configuration.label = "registry"
    configuration.prepareDatabase { db in
      let current = try String.fetchOne(db, sql: "PRAGMA journal_mode")
      if current?.lowercased() != mode.rawValue {
        try db.execute(sql: "PRAGMA journal_mode = \(mode.rawValue)")
      }
      // A run that was submitted must still be known after a power cut.
      try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    // The registry is the user's alone, from its first byte.
    let before = umask(0o077)
    defer { umask(before) }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Brings the schema up to date.
  private static func migrate(_ database: DatabaseQueue, path: String) throws {
    let migrator = Schema.migrator
    let (isNewer, isDone) = try database.read { db in
      (try migrator.hasBeenSuperseded(db), try migrator.hasCompletedMigrations(db))
    }
    if isNewer { throw RegistryError.newerSchema(path: path) }
    if !isDone { try migrator.migrate(database) }
  }

  static func explain(_ error: DatabaseError, path: String) -> RegistryError {
    let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .busy(path: path)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR:
      return .notARegistry(path: path, reason: reason)
    default: return .cannotOpen(path: path, reason: reason)
    }
  }

  /// One read transaction.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try database.read(body) } catch let error as DatabaseError {
      throw Self.explain(error, path: path)
    }
  }

  /// One write transaction, exclusive from its start.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do { return try database.write(body) } catch let error as DatabaseError {
      throw Self.explain(error, path: path)
    }
  }
}

/// Seconds since 1970, UTC.
public func now() -> Double { Date().timeIntervalSince1970 }
