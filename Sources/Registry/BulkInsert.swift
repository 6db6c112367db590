import GRDB
import GRDBSQLite

/// One prepared statement, stepped many times with little between us and SQLite: GRDB's own way costs
/// several times what SQLite takes for a row.
struct BulkInsert {
  private let statement: Statement
  private var handle: OpaquePointer { statement.sqliteStatement }

  init(_ sql: String, _ db: Database) throws {
    statement = try db.makeStatement(sql: sql)
  }

  /// How many rows the last ``insert()`` has made; none where a rule of `OR IGNORE` was broken.
  var rows: Int { Int(sqlite3_changes(sqlite3_db_handle(handle))) }

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

  /// Binds a text.
  func bind(_ value: String, at parameter: Int32) {
    var value = value
    value.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { characters in
        // Nowhere is where NULL is, to SQLite; an empty text is a text.
        guard let start = characters.baseAddress else {
          _ = sqlite3_bind_text(handle, parameter, "", 0, copied)
          return
        }
        _ = sqlite3_bind_text(handle, parameter, start, Int32(characters.count), copied)
      }
    }
  }

  /// Inserts the row, or the rows, that are bound.
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

/// Tells SQLite to keep a copy: ours is gone before the row is written.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
