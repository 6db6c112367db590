import Foundation
import GRDB
import Registry
import RunContract
import TestSupport
import Testing

/// A config that differs from others by its seed.
func config(seed: Int) -> Config {
  Config(parameters: [
    "penalty": .string("quadratic"), "corr_weight": .number(0.5), "epochs": .number(3),
    "seed": .number(Double(seed)),
  ])
}

/// A registry in a folder of its own.
struct Fixture {
  let scratch: Scratch
  let registry: Registry

  init() throws {
    scratch = try Scratch()
    registry = try Registry(path: scratch("registry.sqlite"))
  }

  /// Records the intent to submit runs of these many configs.
  func makeRuns(
    _ count: Int, experiment name: String = "e", again: Bool = false, token: String? = nil
  ) throws -> MadeRuns {
    try intendRuns(
      (0..<count).map(config), experiment: name, again: again, token: token, registry, scratch)
  }

  func course(_ metric: String, of run: RunRecord) throws -> MetricCourse? {
    try registry.courses(of: [metric], runs: [run.id])[run.id]?[metric]
  }

  func submission(of runs: [PlannedRun], token: String) -> NewSubmission {
    newSubmission(of: runs, token: token, directory: scratch("s"))
  }
}

/// Runs as they were recorded.
struct MadeRuns {
  var created: [RunRecord]
  var skipped: [RunRecord]
  var submission: Int64?
}

/// Records the intent to submit runs of these configs, as one submission.
func intendRuns(
  _ configs: [Config], experiment name: String, again: Bool = false, token: String? = nil,
  _ registry: Registry, _ scratch: Scratch
) throws -> MadeRuns {
  let wish = SubmissionWish(
    experiment: name, jobFile: nil, configs: configs, directory: scratch("runs"), again: again)
  let intent = try registry.intend(wish) {
    [newSubmission(of: $0, token: token ?? "e.\($0[0].name)", directory: scratch("s"))]
  }
  let ids = intent.submissions.flatMap(\.submission.runs).map(\.id)
  return MadeRuns(
    created: ids.isEmpty ? [] : try registry.runs(.ids(ids)), skipped: intent.skipped,
    submission: intent.submissions.first?.id)
}

func newSubmission(
  of runs: [PlannedRun], token: String, directory: String
) -> NewSubmission {
  NewSubmission(
    token: token, executor: "slurm", directory: directory, isArray: runs.count > 1,
    hashes: SubmissionHashes(script: sha256Hex("s"), manifest: sha256Hex("m")),
    template: (sha256Hex("t"), "t"), runs: runs)
}

/// One run that was cancelled long ago.
func makeEndedRun(_ registry: Registry, _ scratch: Scratch) throws {
  let runs = try intendRuns([config(seed: 1)], experiment: "e", registry, scratch).created
  try registry.apply(
    runs.map { run in
      var update = RunUpdate(run)
      update.state = .cancelled
      update.endedAt = 1000
      return update
    })
}

@Suite struct ConfigsAndRuns {
  @Test func theSameConfigTwiceIsOneConfig() throws {
    let fixture = try Fixture()
    let first = try fixture.registry.add(config(seed: 1))
    let second = try fixture.registry.add(config(seed: 1))
    #expect(first.isNew)
    #expect(!second.isNew)
    #expect(first.record.id == second.record.id)
    #expect(try fixture.registry.configs().count == 1)
    #expect(try fixture.registry.configs(prefix: String(first.record.sha256.prefix(6))).count == 1)
    #expect(try fixture.registry.configs(prefix: "*").isEmpty)
  }

  @Test func activeAndCompletedRunsAreNotMadeAgain() throws {
    let fixture = try Fixture()
    let first = try fixture.makeRuns(3)
    #expect(first.created.map(\.name) == ["e-1", "e-2", "e-3"])
    let second = try fixture.makeRuns(4)
    #expect(second.created.map(\.name) == ["e-4"])
    #expect(second.skipped.map(\.name) == ["e-1", "e-2", "e-3"])
    let again = try fixture.makeRuns(1, again: true)
    #expect(again.created.map(\.name) == ["e-5"])
  }

  @Test func aCancelledRunMayBeMadeAgain() throws {
    let fixture = try Fixture()
    let run = try #require(try fixture.makeRuns(1).created.first)
    var update = RunUpdate(run)
    update.state = .cancelled
    #expect(try fixture.registry.apply([update]) == 1)
    #expect(try fixture.makeRuns(1).created.map(\.name) == ["e-2"])
  }

  @Test func whatCannotBePreparedIsNotRecorded() throws {
    let fixture = try Fixture()
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil, configs: [config(seed: 1)], directory: "/runs", again: false)
    #expect(throws: FileError.self) {
      _ = try fixture.registry.intend(wish) { _ in throw FileError("write", "/full", code: ENOSPC) }
    }
    #expect(try fixture.registry.runs().isEmpty)
    #expect(try fixture.registry.experimentNames().isEmpty)
  }

  @Test func anIntentNamesItsRunsAndItsFirstPartIsAttempted() throws {
    let fixture = try Fixture()
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil, configs: (0..<4).map(config), directory: "/runs",
      again: false)
    let intent = try fixture.registry.intend(wish) { runs in
      [
        fixture.submission(of: Array(runs[..<2]), token: "e.a"),
        fixture.submission(of: Array(runs[2...]), token: "e.b"),
      ]
    }
    #expect(
      intent.submissions.map { $0.submission.runs.map(\.name) } == [
        ["e-1", "e-2"], ["e-3", "e-4"],
      ])
    let runs = try fixture.registry.runs()
    #expect(runs.map(\.state) == Array(repeating: .submitting, count: 4))
    #expect(runs.map(\.arrayTask) == [0, 1, 0, 1])
    let open = try fixture.registry.openSubmissions()
    #expect(open.map { $0.attemptedAt != nil } == [true, false])
    #expect(try fixture.registry.beginAttempt(open[1].id, from: nil, by: "me"))
    #expect(try !fixture.registry.beginAttempt(open[1].id, from: nil, by: "you"))
  }

  @Test func ofTwoWhoSubmitARunAnewOneIsFirst() throws {
    let fixture = try Fixture()
    let made = try fixture.makeRuns(2)
    try fixture.registry.record(
      submission: try #require(made.submission), state: .unconfirmed, runs: .unconfirmed,
      reason: "there is no place")
    let runs = try fixture.registry.runs()
    let first = try fixture.registry.intendAgain(runs, because: "no trace") {
      fixture.submission(of: $0, token: "e.new")
    }
    #expect(first != nil)
    let second = try fixture.registry.intendAgain(runs, because: "no trace") {
      fixture.submission(of: $0, token: "e.newer")
    }
    #expect(second == nil)
    #expect(try fixture.registry.runs().allSatisfy { $0.token == "e.new" })
    #expect(
      try fixture.registry.tracelessAttempts(of: runs, except: ["full"]).values.allSatisfy {
        $0 == 1
      }
    )
    #expect(
      try fixture.registry.tracelessAttempts(of: runs, except: ["x", "no place"]).values.allSatisfy
      {
        $0 == 0
      })
  }

  @Test func aTemplateThatIsNotWhatItsHashSaysIsNone() throws {
    let fixture = try Fixture()
    _ = try fixture.makeRuns(1)
    let hash = sha256Hex("t")
    #expect(try fixture.registry.template(sha256: hash) == "t")
    let queue = try DatabaseQueue(path: fixture.scratch("registry.sqlite"))
    try queue.write { try $0.execute(sql: "UPDATE template SET text = 'theirs'") }
    #expect(try fixture.registry.template(sha256: hash) == nil)
  }

  @Test func answersReachEveryRunOfTheSubmission() throws {
    let fixture = try Fixture()
    let id = try #require(try fixture.makeRuns(3).submission)
    try fixture.registry.record(submission: id, state: .accepted, runs: .pending, jobID: 77)
    let after = try fixture.registry.runs(.job(77))
    #expect(after.map(\.arrayTask) == [0, 1, 2])
    #expect(after.allSatisfy { $0.state == .pending })
    #expect(try fixture.registry.runs(.job(77, arrayIndex: 1)).map(\.name) == ["e-2"])
  }
}

@Suite struct Transitions {
  /// The whole table, row by row: who may become what.
  static let table: [(RunState, [RunState])] = [
    (.created, [.submitting] + reachable),
    (.submitting, [.unconfirmed, .created] + reachable),
    (.unconfirmed, [.submitting] + reachable),
    (.pending, [.submitting, .unconfirmed] + reachable),
    (.running, [.submitting, .unconfirmed] + reachable),
    (.requeued, [.submitting, .unconfirmed] + reachable),
    (.lost, [.submitting] + reachable),
    (.completed, alive), (.failed, again), (.cancelled, again), (.timedOut, again),
    (.outOfMemory, again), (.nodeFailed, again), (.diverged, again),
  ]
  /// An administrator's requeue may have come to another end before anybody looked.
  static let again = [.submitting] + reachable.filter { $0 != .lost }
  /// Slurm shows the job alive again.
  static let alive: [RunState] = [.pending, .requeued, .running]
  static let reachable: [RunState] = [
    .pending, .running, .requeued, .completed, .failed, .cancelled, .timedOut, .outOfMemory,
    .nodeFailed, .diverged, .lost,
  ]

  @Test(arguments: RunState.allCases)
  func everyStateHasItsRow(_ state: RunState) throws {
    let row = try #require(Self.table.first { $0.0 == state })
    for next in RunState.allCases {
      #expect(
        state.canBecome(next) == (next == state || row.1.contains(next)), "\(state) → \(next)")
    }
  }

  @Test func anImpossibleStepIsRefusedAndNothingIsWritten() throws {
    let fixture = try Fixture()
    var end = RunUpdate(try fixture.makeRuns(2).created[1])
    end.state = .completed
    try fixture.registry.apply([end])
    let runs = try fixture.registry.runs()
    var good = RunUpdate(runs[0])
    good.state = .cancelled
    var bad = RunUpdate(runs[1])
    bad.state = .created
    #expect(throws: RegistryError.self) { try fixture.registry.apply([good, bad]) }
    #expect(try fixture.registry.runs().map(\.state) == [.submitting, .completed])
  }

  @Test func whoWaitsAsItDidIsNotReadAgain() throws {
    let fixture = try Fixture()
    let id = try #require(try fixture.makeRuns(4).submission)
    try fixture.registry.record(submission: id, state: .accepted, runs: .pending, jobID: 5)
    let known = try fixture.registry.runs()
    for (place, state) in [(1, RunState.running), (2, .completed)] {
      var update = RunUpdate(known[place])
      update.state = state
      try fixture.registry.apply([update])
    }
    // The last was not known; the second has started and the third has ended since the others were read.
    let active = try fixture.registry.activeRuns(knowing: Array(known.prefix(3).reversed()))
    #expect(active.map(\.name) == ["e-1", "e-2", "e-4"])
    #expect(active.map(\.state) == [.pending, .running, .pending])
    #expect(try fixture.registry.activeRuns(knowing: []).map(\.name) == active.map(\.name))
  }

  @Test func newsOfAnOlderStateIsDropped() throws {
    let fixture = try Fixture()
    let id = try #require(try fixture.makeRuns(1).submission)
    try fixture.registry.record(submission: id, state: .accepted, runs: .pending, jobID: 5)
    let pending = try #require(try fixture.registry.runs().first)
    var end = RunUpdate(pending)
    end.state = .completed
    var stale = RunUpdate(pending)
    stale.state = .running
    #expect(try fixture.registry.apply([end]) == 1)
    #expect(try fixture.registry.apply([stale]) == 0)
    #expect(try fixture.registry.runs().first?.state == .completed)
  }

  /// An administrator was faster than whoever was to continue it.
  @Test func newsOfAnOlderNextStepIsDropped() throws {
    let fixture = try Fixture()
    let id = try #require(try fixture.makeRuns(1).submission)
    try fixture.registry.record(submission: id, state: .accepted, runs: .requeued, jobID: 5)
    var due = RunUpdate(try #require(try fixture.registry.runs().first))
    due.due = .goOn
    #expect(try fixture.registry.apply([due]) == 1)
    let waiting = try #require(try fixture.registry.runs().first)
    var revived = RunUpdate(waiting)
    revived.due = nil
    var cancelled = RunUpdate(waiting)
    (cancelled.state, cancelled.due) = (.cancelled, nil)
    #expect(try fixture.registry.apply([revived]) == 1)
    #expect(try fixture.registry.apply([cancelled]) == 0)
    #expect(try fixture.registry.runs().first?.state == .requeued)
  }
}

@Suite struct Metrics {
  private func record(_ step: Int, _ values: [String: Double]) -> MetricRecord {
    MetricRecord(step: step, epoch: (step + 1) / 2, time: 1, values: values)
  }

  private func piece(
    of run: RunRecord, to offset: Int, _ records: [MetricRecord], damaged: Int = 0
  ) -> MetricPiece {
    var table = MetricTable(records)
    for _ in 0..<damaged { table.countDamaged() }
    return MetricPiece(run: run, table: table, newOffset: offset)
  }

  @Test func nonFiniteValuesComeBackAsTheyWere() throws {
    let fixture = try Fixture()
    let run = try #require(try fixture.makeRuns(1).created.first)
    let values: [Double] = [1.5, .nan, .infinity, -.infinity]
    try fixture.registry.takeIn([
      piece(of: run, to: 10, values.enumerated().map { record($0 + 1, ["loss": $1]) })
    ])
    let points = try fixture.registry.metric("loss", run: run.id)
    #expect(points.map(\.epoch) == [1, 1, 2, 2])
    #expect(points[0].value == 1.5)
    #expect(points[1].value.isNaN)
    #expect(points[2].value == .infinity)
    #expect(points[3].value == -.infinity)
    #expect(try fixture.registry.runs().first?.lastValues["loss"] == -.infinity)
    let course = try #require(try fixture.course("loss", of: run))
    #expect(course.epochs == [1, 2])
    #expect(course.means.allSatisfy { $0.isNaN })
    #expect(course.highest?.step == 2)
    #expect(course.last?.isNaN == true && course.lowest == nil)
  }

  @Test func meansAndHighestAreThoseOfTheSteps() throws {
    let fixture = try Fixture()
    let run = try #require(try fixture.makeRuns(1).created.first)
    let values: [Double] = [4, 2, 7, 7, 1, .infinity]
    try fixture.registry.takeIn([
      piece(
        of: run, to: 10,
        values.enumerated().map { record($0 + 1, ["loss": $1, "norm": min($1, 7)]) })
    ])
    let course = try #require(try fixture.course("loss", of: run))
    #expect(course.means == [3, 7, .infinity])
    #expect(course.lowest?.value == 3 && course.lowest?.epoch == 1)
    let highest = try #require(try fixture.course("norm", of: run)?.highest)
    #expect(highest.step == 3 && highest.epoch == 2 && highest.value == 7)
    #expect(try fixture.course("nothing", of: run) == nil)
    #expect(try fixture.registry.metricNames(runs: [run.id]) == ["loss", "norm"])
  }

  @Test func epochsThatGoBackwardsAreStillDrawnTogether() throws {
    var course = MetricCourse()
    for (step, (epoch, value)) in [(2, 1.0), (1, 5.0), (2, 3.0), (3, 9.0)].enumerated() {
      course.add(value, step: step + 1, epoch: epoch)
    }
    course.close()
    #expect(course.epochs == [1, 2, 3])
    #expect(course.means == [5, 2, 9])
    #expect(course.highs == [5, 3, 9])
  }

  @Test func aPieceCountsOnceAndOfAStepTheLastRow() throws {
    let fixture = try Fixture()
    let run = try #require(try fixture.makeRuns(1).created.first)
    let registry = fixture.registry
    let first = piece(of: run, to: 10, [record(1, ["loss": 1])], damaged: 1)
    #expect(try registry.takeIn([first]) == [true])
    let other = piece(of: run, to: 10, [record(1, ["loss": 9])], damaged: 1)
    #expect(try registry.takeIn([other]) == [false])
    let current = try #require(try registry.runs().first)
    #expect(current.metricsOffset == 10)
    #expect(current.damagedLines == 1)
    let again = [record(2, ["loss": 8]), record(1, ["loss": 4]), record(1, ["loss": 2])]
    try registry.takeIn([piece(of: current, to: 20, again)])
    #expect(try registry.metric("loss", run: run.id).map(\.value) == [2, 8])
    #expect(try registry.runs().first?.lastValues["loss"] == 2)
  }
}

@Suite struct Files {
  @Test func anOldProgramRefusesANewerRegistry() throws {
    let fixture = try Fixture()
    let path = fixture.registry.path
    try DatabaseQueue(path: path).write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('99: from the future')")
    }
    #expect { try Registry(path: path) } throws: { error in
      guard case RegistryError.newerSchema = error else { return false }
      return "\(error)".contains("newer orchestrate")
    }
  }

  @Test func aForeignFileIsRefusedByName() throws {
    let scratch = try Scratch()
    let path = try scratch.write(String(repeating: "no database ", count: 200), to: "r.sqlite")
    #expect { try Registry(path: path) } throws: { "\($0)".contains(path) }
    #expect(scratch.read("r.sqlite")?.hasPrefix("no database") == true)
  }

  @Test func manyOpenersMigrateAtOnce() async throws {
    let scratch = try Scratch()
    let path = scratch("registry.sqlite")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { _ = try Registry(path: path) } }
      try await group.waitForAll()
    }
    #expect(try Registry(path: path).runs().isEmpty)
  }

  @Test func theRegistryIsTheUsersAlone() throws {
    let fixture = try Fixture()
    let attributes = try FileManager.default.attributesOfItem(atPath: fixture.registry.path)
    #expect((attributes[.posixPermissions] as? Int) == 0o600)
  }

  @Test func aLogIsUsedOnlyOnFileSystemsKnownToBeLocal() throws {
    #expect(JournalMode.suited(toFolder: "/proc") == .truncate)
    #expect(JournalMode.suited(toFolder: "/nowhere/at/all") == .truncate)
    let fixture = try Fixture()
    let expected = JournalMode.suited(toFolder: fixture.scratch.path)
    let mode = try DatabaseQueue(path: fixture.registry.path).read { db in
      try String.fetchOne(db, sql: "PRAGMA journal_mode")
    }
    // TRUNCATE is a connection's own setting; only the log stays in the file.
    #expect((mode == "wal") == (expected == .wal))
  }

  @Test func constraintsStandInTheSchema() throws {
    let fixture = try Fixture()
    _ = try fixture.makeRuns(1)
    let database = try DatabaseQueue(path: fixture.registry.path)
    for sql in [
      "UPDATE run SET state = 'asleep'", "UPDATE run SET submission_id = NULL",
      "UPDATE config SET json = 'no json'", "UPDATE run SET config_id = 99",
      "UPDATE run SET created_at = 'yesterday'",
    ] {
      #expect(throws: DatabaseError.self, "\(sql)") {
        try database.write { db in try db.execute(sql: sql) }
      }
    }
  }
}
