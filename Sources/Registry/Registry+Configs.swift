import Foundation
import GRDB
import RunContract

extension Registry {
  /// Takes a config in. The same content twice is one config.
  /// - Returns: the config and whether it is new.
  public func add(_ config: Config) throws -> (record: ConfigRecord, isNew: Bool) {
    try write { db in try Self.add(config, db) }
  }

  static func add(_ config: Config, _ db: Database) throws -> (record: ConfigRecord, isNew: Bool) {
    let (id, isNew) = try ConfigKeys(db).key(of: config.named)
    let statement = try db.cachedStatement(sql: "SELECT * FROM config WHERE id = ?")
    guard let record = try ConfigRecord.fetchOne(statement, arguments: [id]) else {
      throw DatabaseError(message: "config \(id) vanished")
    }
    return (record, isNew)
  }

  /// All configs, oldest first.
  public func configs() throws -> [ConfigRecord] {
    try read { db in try ConfigRecord.fetchAll(db, sql: "SELECT * FROM config ORDER BY id") }
  }

  /// The configs whose id begins with these hexadecimal digits.
  public func configs(prefix: String) throws -> [ConfigRecord] {
    let digits = prefix.lowercased()
    guard !digits.isEmpty, digits.allSatisfy(\.isHexDigit) else { return [] }
    return try read { db in
      try ConfigRecord.fetchAll(
        db, sql: "SELECT * FROM config WHERE sha256 GLOB ? ORDER BY id", arguments: [digits + "*"])
    }
  }

  /// How many runs each config has, by the config's key.
  public func runCounts() throws -> [Int64: Int] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT config_id, count(*) AS n FROM run GROUP BY 1")
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["config_id"], $0["n"]) })
    }
  }

  /// Takes a job file in under its experiment's name; a file that was changed replaces the text.
  public func takeIn(experiment name: String, jobFile: String?) throws -> ExperimentRecord {
    try write { db in try Self.takeIn(experiment: name, jobFile: jobFile, db) }
  }

  static func takeIn(
    experiment name: String, jobFile: String?, _ db: Database
  ) throws -> ExperimentRecord {
    try db.execute(
      sql: """
        INSERT INTO experiment (name, job_file, job_file_sha256, created_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET
          job_file = coalesce(excluded.job_file, job_file),
          job_file_sha256 = coalesce(excluded.job_file_sha256, job_file_sha256)
        """, arguments: [name, jobFile, jobFile.map { sha256Hex($0) }, now()])
    return try Self.experiment(name, db)
  }

  static func experiment(_ name: String, _ db: Database) throws -> ExperimentRecord {
    guard
      let record = try ExperimentRecord.fetchOne(
        db, sql: "SELECT * FROM experiment WHERE name = ?", arguments: [name])
    else { throw DatabaseError(message: "experiment \(name) vanished") }
    return record
  }

  /// The names of all experiments.
  public func experimentNames() throws -> [String] {
    try read { db in try String.fetchAll(db, sql: "SELECT name FROM experiment ORDER BY id") }
  }
}

/// Finds the keys of configs within one transaction, and takes in those that are new.
struct ConfigKeys {
  private let database: Database
  private let insertion: BulkInsert
  private let time = now()

  init(_ db: Database) throws {
    database = db
    insertion = try BulkInsert(
      "INSERT OR IGNORE INTO config (sha256, json, created_at) VALUES (?, ?, ?)", db)
    insertion.bind(time, at: 3)
  }

  /// A config's key, after it was taken in where it is new.
  func key(of config: NamedConfig) throws -> (id: Int64, isNew: Bool) {
    insertion.bind(config.id, at: 1)
    insertion.bind(config.canonicalJSON, at: 2)
    try insertion.insert()
    if insertion.rows > 0 { return (database.lastInsertedRowID, true) }
    let statement = try database.cachedStatement(sql: "SELECT id FROM config WHERE sha256 = ?")
    guard let id = try Int64.fetchOne(statement, arguments: [config.id]) else {
      throw DatabaseError(message: "config \(config.id) vanished")
    }
    return (id, false)
  }
}
