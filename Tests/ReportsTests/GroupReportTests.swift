import Registry
import Reports
import RunContract
import Terminal
import Testing

@Suite struct Groups {
  private func run(
    _ penalty: String, seed: Int, norms: [Double] = [1, 2], loss: [Double] = [2, 1],
    state: RunState = .completed
  ) -> RecordedRuns.Run {
    RecordedRuns.Run(
      parameters: ["penalty": .string(penalty), "seed": .number(Double(seed))], state: state,
      steps: zip(norms, loss).enumerated().map { index, pair in
        (index + 1, ["grad_norm": pair.0, "loss": pair.1])
      })
  }

  @Test func whatRunsAreIsCounted() throws {
    let recorded = try RecordedRuns([
      run("a", seed: 1), run("a", seed: 2, norms: [1, 10]),
      run("a", seed: 3, norms: [1, 10.001]), run("a", seed: 4, norms: [.nan, 2]),
      run("a", seed: 5, state: .diverged), run("a", seed: 6, state: .timedOut),
      run("a", seed: 7, norms: [1, .infinity], state: .failed), run("a", seed: 8, state: .running),
      run("a", seed: 9, norms: [], loss: [], state: .pending),
    ])
    let group = try #require(
      try GroupReport(try recorded.compared(), by: ["penalty"]).groups.first)
    #expect(group.group.runs.count == 9)
    #expect(group.group.finished == 4)
    #expect(group.group.exploded == 4)
    #expect(group.group.failedOtherwise == 1)
    #expect(group.group.active == 2)
    #expect(group.group.highestNorm?.point.value.isFinite == false)
    // The mean of an epoch that has no number lies in no band.
    let band = try #require(group.group.epochsInBand)
    #expect(band.count == 13 && band.of == 16)
    #expect(group.estimate(MetricChoice("loss"), .last).count == 4)
  }

  @Test func runsThatHaveNotFinishedCountWhereTheyAreAskedFor() throws {
    let recorded = try RecordedRuns([
      run("a", seed: 1, loss: [2, 1]), run("a", seed: 2, loss: [2, 3], state: .timedOut),
      run("a", seed: 3, loss: [2, .nan]),
    ])
    let compared = try recorded.compared()
    let finished = try GroupReport(compared, by: ["penalty"])
    #expect(finished.groups[0].estimate(MetricChoice("loss"), .last).mean == 1)
    #expect(finished.groups[0].estimate(MetricChoice("loss"), .last).notFinite == 1)
    #expect(finished.notes.contains { $0.contains("--unfinished") })
    let all = try GroupReport(compared, by: ["penalty"], scope: .all)
    #expect(all.groups[0].estimate(MetricChoice("loss"), .last).mean == 2)
    #expect(!all.notes.contains { $0.contains("--unfinished") })
  }

  @Test func whatDiffersWithinGroupsIsTold() throws {
    let recorded = try RecordedRuns(
      [(0.1, 1.0), (0.2, 1), (0.2, 2)].map { weight, seed in
        RecordedRuns.Run(parameters: [
          "corr_weight": .number(weight), "penalty": .string("a"), "seed": .number(seed),
        ])
      })
    let compared = try recorded.compared()
    let mixed = try GroupReport(compared, by: ["penalty"])
    #expect(mixed.notes.first?.hasPrefix("corr_weight") == true)
    let automatic = try GroupReport(compared, by: ["auto"])
    #expect(automatic.notes.isEmpty)
    #expect(automatic.groups.map(\.group.name) == ["corr_weight=0.1", "corr_weight=0.2"])
    let together = try GroupReport(compared, by: ["experiment"])
    #expect(together.groups.map(\.group.name) == ["experiment=sweep"])
    let error = #expect(throws: GroupingError.self) { try GroupReport(compared, by: ["penalti"]) }
    #expect(error?.description.contains("penalty") == true)
  }

  @Test func rowsComeInTheOrderThatIsAskedFor() throws {
    let recorded = try RecordedRuns([
      run("a", seed: 1, loss: [1, 2]), run("b", seed: 1, loss: [1, 3]),
      run("c", seed: 1, norms: [], loss: []), run("d", seed: 1, loss: [1, 1]),
    ])
    var report = try GroupReport(try recorded.compared(), by: ["penalty"])
    func names() -> [String] { report.groups.map { $0.group.key[0].value?.text ?? "" } }
    try report.sort(by: "loss_last", descending: false)
    #expect(names() == ["d", "a", "b", "c"])
    try report.sort(by: "loss_last", descending: true)
    #expect(names() == ["b", "a", "d", "c"])
    try report.sort(by: "penalty", descending: true)
    #expect(names() == ["d", "c", "b", "a"])
    let error = #expect(throws: SortError.self) {
      _ = try report.sort(by: "los_last", descending: false)
    }
    #expect(error?.description.contains("loss_last") == true)
  }

  @Test func metricsThatNoRunHasAreRefusedWithThoseThatAreThere() throws {
    let recorded = try RecordedRuns([run("a", seed: 1)])
    let error = #expect(throws: MetricError.self) {
      try recorded.compared([MetricChoice("lost")])
    }
    #expect(error?.description.contains("loss") == true)
    let norms = try recorded.compared([MetricChoice("grad_norm", lowerIsBetter: false)])
    #expect(norms.metrics.count == 1)
  }

  @Test func hostileNamesStayTextInEveryForm() throws {
    let hostile = "=cmd|' /C calc'!A0\n<b>|`x`"
    let recorded = try RecordedRuns([
      RecordedRuns.Run(parameters: ["penalty": .string(hostile), hostile: .number(1)]),
      RecordedRuns.Run(parameters: ["penalty": .string("a"), hostile: .number(2)]),
    ])
    let report = try GroupReport(try recorded.compared(), by: ["penalty", hostile])
    #expect(report.flat.csv[0].contains("\"params.=cmd|"))
    #expect(report.flat.csv.joined().contains("\"'=cmd"))
    let markdown = report.table.markdown
    #expect(markdown.count == 4)
    #expect(markdown.allSatisfy { !$0.contains("<b>") || $0.contains("\\<b\\>") })
    let bars = markdown.map { line in line.replacing("\\|", with: "").count { $0 == "|" } }
    #expect(Set(bars).count == 1)
  }

  @Test func hostsAreCountedAndTimeIsThatOfAllJobs() throws {
    let lists: [(String, Int)] = [
      ("", 1), ("gpu01", 1), ("gpu[01-03],login", 4), ("a[1,3-4]b[1-2]", 6), ("n[1-", 1),
      ("a,b,c", 3),
    ]
    for (list, count) in lists { #expect(hostCount(list) == count, "\(list)") }
    var made = run("a", seed: 1)
    (made.started, made.ended, made.nodes) = (1000, 4600, "gpu[1-2]")
    let compared = try RecordedRuns([made]).compared()
    #expect(compared.runs[0].usage.nodeHours == 2)
    let twice = RunUsage(
      compared.runs[0].run,
      jobs: [
        JobUsage(startTime: 0, endTime: 1800, nodes: "gpu1"),
        JobUsage(startTime: 1000, endTime: nil, nodes: nil),
      ], now: 0)
    #expect(twice.seconds == 5400 && twice.nodeHours == 2.5)
  }
}
