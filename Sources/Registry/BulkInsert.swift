import GRDB
import GRDBSQLite

/// One prepared statement, stepped many times with little between us and SQLite: GRDB's own way costs
/// several times what SQLite takes for a row.
struct BulkInsert {
  private let statement: Statement
  private var handle: OpaquePointer { statement.sqliteStatement }
  private let database: Database

  init(_ sql: String, _ db: Database) throws {
    statement = try db.makeStatement(sql: sql)
    database = db
  }

  /// Binds a number to a parameter, from 1; it stays bound for the rows that follow.
  func bind(_ value: Int64, at parameter: Int32) { sqlite3_bind_int64(handle, parameter, value) }

  /// Binds a value, or NULL where it is not finite.
  func bind(_ value: Double, at parameter: Int32) {
    if value.isFinite {
      sqlite3_bind_double(handle, parameter, value)
    } else {
      sqlite3_bind_null(handle, parameter)
    }
  }

  /// Inserts the row that is bound.
  func insert() throws {
    let result = sqlite3_step(handle)
    sqlite3_reset(handle)
    guard result == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: result),
        message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
    }
  }
}
