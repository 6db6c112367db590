import Foundation
import GRDB
import RunContract

/// The registry's file opened for reading and writing, beside any number of other processes.
enum SharedDatabase {
  /// Opens the file, makes it where there is none, and brings its schema up to date.
  static func open(path: String, mode: JournalMode) throws -> DatabaseQueue {
    let queue = try persistently { try connect(path: path, mode: mode) }
    try persistently { try migrate(queue, path: path) }
    return queue
  }

  /// Does something that another process may be doing at the same moment. Whoever comes second finds
  /// the tables half there or the journal mode locked, looks again a moment later, and finds it done.
  private static func persistently<Value>(_ body: () throws -> Value) throws -> Value {
    let end = ContinuousClock.now + .seconds(Registry.busyTimeout)
    var failures = 0
    while true {
      do { return try body() } catch let error as DatabaseError {
        failures += 1
        guard isWorthAnotherLook(error, after: failures), ContinuousClock.now < end else {
          throw error
        }
        // Uneven pauses, so that thirty processes do not come back all at once.
        usleep(UInt32.random(in: 2_000...40_000))
      }
    }
  }

  private static func isWorthAnotherLook(_ error: DatabaseError, after failures: Int) -> Bool {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_SCHEMA: true
    // Somebody else's migration; an error of our own would come every time.
    case .SQLITE_ERROR, .SQLITE_CONSTRAINT: failures < 20
    // SQLite itself tried a hundred times to read the log's index while others rebuilt it.
    case .SQLITE_PROTOCOL: failures < 3
    // The log, or the rollback journal, went away between two looks.
    case .SQLITE_CANTOPEN, .SQLITE_IOERR: failures < 3
    default: false
    }
  }

  private static func connect(path: String, mode: JournalMode) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(TimeInterval(Registry.busyTimeout))
    configuration.foreignKeysEnabled = true
    configuration.label = "registry"
    configuration.prepareDatabase { db in
      try setJournal(mode, db)
      // A run that was submitted must still be known after a power cut.
      try db.execute(sql: "PRAGMA synchronous = FULL")
      // What a statement would have to take back need not be written to a file.
      try db.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    // The registry is the user's alone, from its first byte.
    return try withPrivateUmask { try DatabaseQueue(path: path, configuration: configuration) }
  }

  private static func setJournal(_ mode: JournalMode, _ db: Database) throws {
    let current = try String.fetchOne(db, sql: "PRAGMA journal_mode")?.lowercased()
    if current == mode.rawValue { return }
    let found = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(mode.rawValue)")
    guard found?.lowercased() == mode.rawValue else {
      // SQLite answers with the mode that stays where others still use it.
      throw DatabaseError(resultCode: .SQLITE_BUSY, message: "the journal mode is in use")
    }
  }

  /// Brings the schema up to date.
  private static func migrate(_ queue: DatabaseQueue, path: String) throws {
    let migrator = Schema.migrator
    let (isNewer, isDone) = try queue.read { db in
      (try migrator.hasBeenSuperseded(db), try migrator.hasCompletedMigrations(db))
    }
    if isNewer { throw RegistryError.newerSchema(path: path) }
    if !isDone { try migrator.migrate(queue) }
  }
}
