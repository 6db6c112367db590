import GRDB

extension Registry {
  /// How many runs there are. SQLite counts the entries of an index's pages, so a million take 2 ms.
  public func runCount() throws -> Int {
    try read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM run") ?? 0 }
  }

  /// Whether any run is in one of these states, without reading the runs.
  public func hasRuns(in states: [RunState]) throws -> Bool {
    let places = states.map { _ in "?" }.joined(separator: ", ")
    return try read { db in
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE state IN (\(places)))",
        arguments: StatementArguments(states.map(\.rawValue))) ?? false
    }
  }
}
