import GRDB

extension Registry {
  /// How many runs there are. SQLite counts the entries of an index's pages, so a million take 2 ms.
  public func runCount() throws -> Int {
    try read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM run") ?? 0 }
  }
}
