import GRDB
import Registry
import RunContract
import TestSupport
import Testing

/// What a command asks on its way costs as much as its answer is long, not as the registry is large:
/// SQLite's own plan says so.
@Suite struct Plans {
  static let filters: [(String, RunFilter)] = [
    ("active", .states(RunState.active)), ("name", .name("e-1")), ("ids", .ids([1, 2])),
    ("job", .job(5)), ("task", .job(5, arrayIndex: 1)), ("experiment", .experiment("e")),
    ("active of an experiment", both(.experiment("e"), RunState.active)),
    ("ended lately", ended(RunFilter())), ("ended lately, by key", ended(.ids([1]))),
    ("ended lately, of an experiment", ended(.experiment("e"))),
  ]

  private static func both(_ filter: RunFilter, _ states: [RunState]) -> RunFilter {
    var filter = filter
    filter.states = states
    return filter
  }

  private static func ended(_ filter: RunFilter) -> RunFilter {
    var filter = both(filter, RunState.allCases.filter { !$0.isActive })
    filter.endedSince = 1e9
    return filter
  }

  @Test(arguments: filters)
  func noFilterGoesThroughAllRuns(_ name: String, _ filter: RunFilter) throws {
    let fixture = try Fixture()
    let plan = try DatabaseQueue(path: fixture.registry.path).read { db in
      let query = filter.query
      return try Row.fetchAll(
        db, sql: "EXPLAIN QUERY PLAN \(query.sql)", arguments: query.arguments
      ).map { $0["detail"] as String }
    }
    #expect(plan.contains { $0.hasPrefix("SEARCH run USING") }, "\(name): \(plan)")
    #expect(!plan.contains { $0.hasPrefix("SCAN") && !$0.contains("json_each") }, "\(plan)")
    if filter.endedSince != nil, filter.ids == nil, filter.experiment == nil {
      #expect(plan.contains { $0.contains("run_by_end") }, "\(name): \(plan)")
    }
  }
}
