import Foundation
import GRDB
import Synchronization

/// The SQLite file that remembers every config and every run.
///
/// A value with verbs: each verb is one transaction, so that any number of processes may use one
/// registry at once. Only `orchestrate` opens it, on the login node; jobs never do.
public struct Registry: Sendable {
  private let database: Opened
  private let file: FileIdentity?
  /// The file's path.
  public let path: String
  /// What a user should know of the file itself: whose it is, and who could read it until now.
  public let warnings: [String]

  private enum Opened: Sendable {
    case shared(DatabaseQueue)
    case readOnly(ReadOnlyDatabase, reason: String)
  }

  /// Seconds to wait for another process's transaction before giving up.
  public static let busyTimeout = 30

  /// Whether nothing can be recorded: the file is somebody else's, or cannot be written. Everything that
  /// reads works as ever; what records throws ``RegistryError/readOnly(path:reason:)``.
  public var isReadOnly: Bool {
    switch database {
    case .shared: false
    case .readOnly: true
    }
  }

  /// Makes sure that something can be recorded, before anything is done that would be for nothing.
  /// - Throws: ``RegistryError/readOnly(path:reason:)``.
  public func requireWriting() throws { try withWriter { _ in } }

  /// Opens the registry, makes it where there is none, and brings an older schema up to date. A file
  /// that cannot be written is opened for reading alone.
  /// - Throws: ``RegistryError``.
  public init(path: String) throws {
    try Self.checkSQLite()
    self.path = path
    let file = RegistryFile(path: path)
    let (access, warnings) = try file.examine()
    do {
      switch access {
      case .readWrite:
        (database, self.warnings) = try Self.openShared(file, warnings)
      case .readOnly(let reason):
        self.warnings = warnings
        database = .readOnly(try ReadOnlyDatabase(path: path, because: reason), reason: reason)
      }
    } catch let error as DatabaseError {
      throw RegistryError(error, path: path, at: .opening)
    }
    self.file = FileIdentity(at: path)
  }

  private static func checkSQLite() throws {
    let version = Int(Database.sqliteLibVersionNumber)
    guard version >= 3_037_000 else {
      throw RegistryError.oldSQLite(
        version: "\(version / 1_000_000).\(version / 1000 % 1000).\(version % 1000)")
    }
  }

  /// A full disk has no room for the index of the log that SQLite makes for every user of a file; a file
  /// that is there can be read all the same.
  private static func openShared(
    _ file: RegistryFile, _ warnings: [String]
  ) throws -> (Opened, [String]) {
    let mode = JournalMode.suited(toFolder: file.folder)
    do {
      return (.shared(try SharedDatabase.open(path: file.path, mode: mode)), warnings)
    } catch let error as DatabaseError {
      guard case .diskFull = RegistryError(error, path: file.path, at: .opening),
        FileManager.default.fileExists(atPath: file.path)
      else { throw error }
      let reason = "no room is left on its disk"
      let reader = try ReadOnlyDatabase(path: file.path, because: reason)
      return (
        .readOnly(reader, reason: reason), warnings + ["\(file.path) is only read: \(reason)"]
      )
    }
  }

  /// Moves what the log holds into the file, as far as nobody is in the way.
  public func moveLog() {
    guard case .shared(let queue) = database else { return }
    // Whoever closes the file, or writes to it next, tries again.
    _ = try? queue.writeWithoutTransaction { db in try db.checkpoint(.passive) }
  }

  /// Leaves the file open until the process ends, which is faster than closing it. What closing would move
  /// from the log into the file stays in the log, where the next one to open it finds it.
  public func leaveOpen() {
    guard case .shared(let queue) = database else { return }
    Self.leftOpen.withLock { $0.append(queue) }
  }

  private static let leftOpen = Mutex<[DatabaseQueue]>([])

  /// One read transaction.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    do {
      switch database {
      case .shared(let queue): return try queue.read(body)
      case .readOnly(let reader, _): return try reader.read(body)
      }
    } catch let error as DatabaseError {
      throw RegistryError(error, path: path, at: .working)
    }
  }

  /// One write transaction, exclusive from its start.
  func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try withWriter { queue in
      try queue.write { db in
        try requirePlace()
        return try body(db)
      }
    }
  }

  /// One write transaction for very many rows, without looking each parent up again: the body inserts
  /// only rows whose parents it has just read or made.
  func writeInBulk<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try withWriter { queue in
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA foreign_keys = OFF")
        let result = Result {
          try db.inImmediateTransaction { db in
            try requirePlace()
            return try body(db)
          }
        }
        try db.execute(sql: "PRAGMA foreign_keys = ON")
        return try result.get()
      }
    }
  }

  /// What is recorded in a file that nobody else sees any more, others do once more.
  private func requirePlace() throws {
    guard file == nil || FileIdentity(at: path) == file else {
      throw RegistryError.replaced(path: path)
    }
  }

  private func withWriter<Value>(_ body: (DatabaseQueue) throws -> Value) throws -> Value {
    do {
      switch database {
      case .shared(let queue): return try body(queue)
      case .readOnly(_, let reason): throw RegistryError.readOnly(path: path, reason: reason)
      }
    } catch let error as DatabaseError {
      throw RegistryError(error, path: path, at: .working)
    }
  }
}

extension Database {
  fileprivate func inImmediateTransaction<Value>(
    _ body: (Database) throws -> Value
  ) throws -> Value {
    var value: Value?
    try inTransaction(.immediate) {
      value = try body(self)
      return .commit
    }
    guard let value else { throw DatabaseError(message: "the transaction did nothing") }
    return value
  }
}

/// Which file a path leads to.
private struct FileIdentity: Equatable {
  let device: UInt64
  let number: UInt64

  /// `nil` where there is none.
  init?(at path: String) {
    var facts = stat()
    guard lstat(path, &facts) == 0 else { return nil }
    (device, number) = (UInt64(facts.st_dev), UInt64(facts.st_ino))
  }
}

/// Seconds since 1970, UTC.
public func now() -> Double { Date().timeIntervalSince1970 }
