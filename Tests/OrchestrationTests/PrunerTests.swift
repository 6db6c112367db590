import Foundation
import Orchestration
import Registry
import RunContract
import TestSupport
import Testing

@Suite struct Pruning {
  /// A project with one run of each kind, and checkpoints in all.
  private func project() throws -> (scratch: Scratch, project: Project, registry: Registry) {
    let scratch = try Scratch()
    let (project, _) = try Project.create(in: scratch.path)
    let registry = try project.openRegistry()
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil,
      configs: (1...3).map { Config(parameters: ["seed": .number(Double($0))]) },
      directory: project.runs(of: "e"), again: false)
    _ = try registry.intend(wish) { runs in
      [
        NewSubmission(
          token: "e.aaaaaaaaaaaa", executor: "slurm",
          directory: project.submission("e.aaaaaaaaaaaa"),
          isArray: true, hashes: SubmissionHashes(script: sha256Hex(""), manifest: sha256Hex("")),
          template: (sha256Hex(""), ""), runs: runs)
      ]
    }
    let ends: [RunState?] = [.completed, .failed, nil]
    try registry.apply(
      zip(try registry.runs(), ends).compactMap { run, state in
        guard let state else { return nil }
        var update = RunUpdate(run)
        update.state = state
        update.endedAt = 1000
        return update
      })
    for run in try registry.runs() {
      for name in ["best", "final", "step-000010", "step-000020"] {
        try scratch.write(
          String(repeating: "x", count: 100),
          to: "runs/e/\(run.name)/checkpoints/\(name).safetensors")
      }
    }
    return (scratch, project, registry)
  }

  @Test func oldCheckpointsGoAndActiveRunsKeepEverything() throws {
    let (scratch, project, registry) = try project()
    let pruner = Pruner(project: project, registry: registry, listed: [])
    #expect(try pruner.plan(Pruner.Rule(), now: 1001).items.isEmpty)
    let items = try pruner.plan(Pruner.Rule(), now: 1000 + 31 * 86_400).items
    #expect(items.count == 4)
    #expect(items.allSatisfy { $0.path.contains("step-") && $0.run != "e-3" })
    #expect(try pruner.remove(items).isEmpty)
    #expect(scratch.read("runs/e/e-1/checkpoints/step-000010.safetensors") == nil)
    #expect(scratch.read("runs/e/e-1/checkpoints/best.safetensors") != nil)
    #expect(scratch.read("runs/e/e-3/checkpoints/step-000010.safetensors") != nil)
  }

  @Test func aQuotaTakesTheOldestFirst() throws {
    let (scratch, project, registry) = try project()
    var rule = Pruner.Rule()
    rule.keep = .none
    rule.quota = 500
    let plan = try Pruner(project: project, registry: registry, listed: []).plan(rule, now: 1001)
    // The final one goes before the best one, and the others before both.
    #expect(plan.items.map(name) == ["step-000010", "step-000020", "final"])
    #expect(plan.items.allSatisfy { $0.run == "e-1" && $0.path.hasPrefix(scratch.path) })
    let quota = try #require(plan.quota)
    #expect(quota.taken == 800 && quota.left == 500 && quota.isMet && quota.remedy == nil)
  }

  private func name(_ item: Pruner.Item) -> String {
    ((item.path as NSString).lastPathComponent as NSString).deletingPathExtension
  }

  /// What stays counts too: without it four times the quota would pass for nothing at all.
  @Test func aQuotaThatCannotBeMetSaysWhatIsLeftAndWhatWouldMeetIt() throws {
    let (scratch, project, registry) = try project()
    let pruner = Pruner(project: project, registry: registry, listed: [])
    var rule = Pruner.Rule()
    let cases: [(Int, Pruner.Rule.Keep?)] = [
      (400, nil), (300, .final), (100, Pruner.Rule.Keep.none),
    ]
    for (limit, remedy) in cases {
      rule.quota = limit
      let plan = try pruner.plan(rule, now: 1001)
      #expect(plan.items.allSatisfy { $0.path.hasPrefix("\(scratch.path)/runs/") })
      #expect(plan.items.count == 4 && plan.items.allSatisfy { name($0).hasPrefix("step-") })
      let quota = try #require(plan.quota)
      #expect(quota.taken == 800 && quota.left == 400 && quota.keptCheckpoints == 400)
      #expect(quota.isMet == (limit == 400) && quota.remedy == remedy, "\(limit)")
    }
  }

  @Test func aCheckpointThatIsAFolderCountsAndGoesAsAWhole() throws {
    let (scratch, project, registry) = try project()
    try scratch.write("12345", to: "runs/e/e-1/checkpoints/checkpoint-500/model/part.bin")
    let pruner = Pruner(project: project, registry: registry, listed: [])
    let items = try pruner.plan(Pruner.Rule(), now: 1000 + 31 * 86_400).items
    #expect(items.first { $0.path.hasSuffix("checkpoint-500") }?.bytes == 5)
    #expect(try pruner.remove(items).isEmpty)
    #expect(access(scratch("runs/e/e-1/checkpoints/checkpoint-500"), F_OK) != 0)
  }

  private static func directories() -> Pruner.Rule {
    var rule = Pruner.Rule()
    (rule.directories, rule.olderThan) = (true, 0)
    return rule
  }

  @Test func theDirectoryOfAFailedRunGoesButForWhatKeepsALateJobOut() throws {
    let (scratch, project, registry) = try project()
    let line = MetricRecord(step: 1, epoch: 1, time: 1, values: ["loss": 0.5]).line + "\n"
    for run in ["e-1", "e-2", "e-3"] {
      for file in ["metrics.jsonl", "output.log", "claims/e.aaaaaaaaaaaa", "owner", "exit.json"] {
        try scratch.write(file == "metrics.jsonl" ? line : "", to: "runs/e/\(run)/\(file)")
      }
    }
    _ = try MetricsIntake(registry).takeIn(registry.runs())
    let pruner = Pruner(project: project, registry: registry, listed: [])
    let items = try pruner.plan(Self.directories(), now: 1001).items.filter { $0.run != "e-1" }
    #expect(items.map(\.kind) == [.directory] && items.map(\.run) == ["e-2"])
    #expect(items.first?.bytes == 400 + line.utf8.count)
    #expect(try pruner.remove(items) == [])
    #expect(
      try namesInFolder(scratch("runs/e/e-2")).sorted() == ["claims", "exit.json", "owner"])
    #expect(scratch.read("runs/e/e-1/metrics.jsonl") == line)
    #expect(scratch.read("runs/e/e-3/metrics.jsonl") == line)
    // What is known of it stays known, and a file of its next start is read from its beginning.
    let run = try #require(try registry.runs(.name("e-2")).first)
    #expect(try registry.metric("loss", run: run.id).map(\.value) == [0.5])
    #expect(run.metricsOffset == 0)
    #expect(try PrunedFiles(registry).time(of: run) != nil)
    let again = MetricRecord(step: 1, epoch: 1, time: 2, values: ["loss": 0.25]).line + "\n"
    try scratch.write(again, to: "runs/e/e-2/metrics.jsonl")
    try MetricsIntake(registry).takeIn(run)
    #expect(try registry.metric("loss", run: run.id).map(\.value) == [0.25])
    #expect(try pruner.plan(Self.directories(), now: 1001).items.map(\.kind).contains(.directory))
  }

  @Test func aRunThatIsTriedAgainMeanwhileOrStillLivesKeepsItsDirectory() throws {
    let (scratch, project, registry) = try project()
    let pruner = Pruner(project: project, registry: registry, listed: [])
    var items = try pruner.plan(Self.directories(), now: 1001).items
    items.removeAll { $0.kind != .directory }
    try scratch.write("", to: "runs/e/e-2/heartbeat")
    #expect(try pruner.remove(items).first?.contains("shows that it lives") == true)
    unlink(scratch("runs/e/e-2/heartbeat"))
    var update = RunUpdate(try #require(try registry.runs(.name("e-2")).first))
    update.state = .running
    try registry.apply([update])
    #expect(try pruner.remove(items).first?.contains("was tried again since") == true)
    #expect(scratch.read("runs/e/e-2/checkpoints/step-000010.safetensors") != nil)
  }

  @Test func aRunThatIsTriedAgainMeanwhileOrStillLivesKeepsItsCheckpoints() throws {
    let (scratch, project, registry) = try project()
    let pruner = Pruner(project: project, registry: registry, listed: [])
    var rule = Pruner.Rule()
    (rule.olderThan, rule.keep) = (0, .none)
    let items = try pruner.plan(rule, now: 1001).items.filter { $0.run == "e-2" }
    #expect(!items.isEmpty && items.allSatisfy { $0.kind == .checkpoint })
    try scratch.write("", to: "runs/e/e-2/heartbeat")
    #expect(try pruner.remove(items).first?.contains("shows that it lives") == true)
    unlink(scratch("runs/e/e-2/heartbeat"))
    let run = try #require(try registry.runs(.name("e-2")).first)
    var update = RunUpdate(run)
    update.state = .running
    try registry.apply([update])
    #expect(try pruner.remove(items).first?.contains("was tried again since") == true)
    for item in items { #expect(access(item.path, F_OK) == 0) }
    #expect(try namesInFolder(scratch("runs/e/e-2/checkpoints")).count == items.count)
    // While its files are moved nobody can take it up.
    #expect(try !registry.whileEnded(run) { Issue.record("it is active") })
  }

  /// It has ended in the same way once more while somebody was asked whether its files may go.
  @Test func whatWasTrainedAfterThePlanStays() throws {
    let (scratch, project, registry) = try project()
    let pruner = Pruner(project: project, registry: registry, listed: [])
    var rule = Pruner.Rule()
    (rule.olderThan, rule.keep) = (0, .none)
    let items =
      try pruner.plan(rule, now: 1001).items + pruner.plan(Self.directories(), now: 1001).items
    let before = try #require(try registry.runs(.name("e-2")).first)
    for (state, end) in [(RunState.running, nil), (before.state, 2000.0)] {
      var update = RunUpdate(try #require(try registry.runs(.name("e-2")).first))
      (update.state, update.endedAt) = (state, end)
      try registry.apply([update])
    }
    let ended = try #require(try registry.runs(.name("e-2")).first)
    #expect(ended.state == before.state && ended.endedAt != before.endedAt)
    let refusals = try pruner.remove(items.filter { $0.run == "e-2" })
    #expect(refusals.count == 2 && refusals.allSatisfy { $0.contains("was tried again since") })
    #expect(scratch.read("runs/e/e-2/checkpoints/step-000010.safetensors") != nil)
  }

  @Test func withDirectoriesAQuotaCountsAllFilesOfEndedRuns() throws {
    let (scratch, project, registry) = try project()
    try scratch.write("123456789", to: "runs/e/e-1/output.log")
    try scratch.write("123456789", to: "runs/e/e-2/output.log")
    var rule = Self.directories()
    rule.quota = 300
    let quota = try #require(
      try Pruner(project: project, registry: registry, listed: []).plan(rule, now: 1001).quota)
    #expect(quota.taken == 818)
    // The completed run's best and final checkpoints and its log.
    #expect(quota.left == 209 && quota.keptCheckpoints == 200 && quota.isMet)
  }

  @Test func aSubmissionGoesWhenAllItsRunsAreLongOver() throws {
    let (scratch, project, registry) = try project()
    let token = "e.aaaaaaaaaaaa"
    try scratch.write("script", to: "submissions/\(token)/script.sh")
    let pruner = Pruner(project: project, registry: registry, listed: [])
    func submissions(_ now: Double) throws -> [Pruner.Item] {
      try pruner.plan(Self.directories(), now: now).items.filter { $0.kind == .submission }
    }
    let late = 1000 + 2 * 86_400.0
    // One of its runs is active.
    #expect(try submissions(late).isEmpty)
    let id = try #require(try registry.runs(.name("e-3")).first?.submissionID)
    try registry.record(submission: id, state: .accepted, runs: .pending, jobID: 7)
    var update = RunUpdate(try #require(try registry.runs(.name("e-3")).first))
    (update.state, update.endedAt) = (.cancelled, 1000)
    try registry.apply([update])
    // A requeue by an administrator would need its manifest for a day.
    #expect(try submissions(1000 + 3600).isEmpty)
    let items = try submissions(late)
    #expect(items.map(\.path) == [scratch("submissions/\(token)")] && items[0].bytes == 6)
    #expect(try pruner.plan(Pruner.Rule(), now: late).items.allSatisfy { $0.kind != .submission })
    #expect(try pruner.remove(items) == [])
    #expect(try namesInFolder(scratch("submissions")).isEmpty)
    let run = try #require(try registry.runs(.name("e-1")).first)
    #expect(try PrunedFiles(registry).submissionTime(of: run) != nil)
  }

  @Test func linksAreNeitherFollowedNorRemoved() throws {
    let (scratch, project, registry) = try project()
    let elsewhere = try Scratch()
    try elsewhere.write("precious", to: "step-000099.safetensors")
    let folder = scratch("runs/e/e-2/checkpoints")
    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createSymbolicLink(
      atPath: folder, withDestinationPath: elsewhere.path)
    let items = try Pruner(project: project, registry: registry, listed: [])
      .plan(Pruner.Rule(), now: 1000 + 31 * 86_400).items
    #expect(items.allSatisfy { $0.run == "e-1" })
    let pruner = Pruner(project: project, registry: registry, listed: [])
    #expect(try pruner.remove(pruner.plan(Self.directories(), now: 1001).items) == [])
    #expect(access(folder, F_OK) != 0)
    #expect(elsewhere.read("step-000099.safetensors") == "precious")
  }

  @Test func submissionsThatNobodyRecordedGo() throws {
    let (scratch, project, registry) = try project()
    try scratch.write("", to: "submissions/e.zzzzzzzzzzzz/script.sh")
    try scratch.write("", to: "submissions/e.aaaaaaaaaaaa/script.sh")
    let later = Date().timeIntervalSince1970 + 31 * 86_400
    let pruner = Pruner(project: project, registry: registry, listed: [])
    let items = try pruner.plan(Pruner.Rule(), now: later).items
    #expect(
      items.filter { $0.kind == .submission }.map { ($0.path as NSString).lastPathComponent }
        == ["e.zzzzzzzzzzzz"])
  }

  /// An older registry was put back: jobs that it does not know may wait, or run.
  @Test func whatSlurmStillHoldsStays() throws {
    let (scratch, project, registry) = try project()
    let token = "e.zzzzzzzzzzzz"
    try scratch.write("", to: "submissions/\(token)/script.sh")
    try scratch.write("0\te-2\t\(scratch("runs/e/e-2"))\t{}\n", to: "submissions/\(token)/manifest")
    let later = Date().timeIntervalSince1970 + 31 * 86_400
    for (listed, stays) in [([token], true), ([], false), (nil, true)] as [(Set<String>?, Bool)] {
      let pruner = Pruner(project: project, registry: registry, listed: listed)
      for rule in [Pruner.Rule(), Self.directories()] {
        let items = try pruner.plan(rule, now: later).items
        #expect(items.contains { $0.kind == .submission } != stays, "\(String(describing: listed))")
        #expect(items.contains { $0.run == "e-2" } != stays)
        #expect(items.contains { $0.run == "e-1" })
      }
    }
  }

  /// Records a submission with this recipe.
  private func record(
    _ token: String, _ recipe: String?, _ project: Project, _ registry: Registry
  ) throws {
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil, configs: [Config(parameters: ["seed": .number(9)])],
      directory: project.runs(of: "e"), again: true)
    _ = try registry.intend(wish) { runs in
      [
        NewSubmission(
          token: token, executor: "slurm", directory: project.submission(token), isArray: false,
          hashes: SubmissionHashes(script: sha256Hex(""), manifest: sha256Hex("")),
          template: (sha256Hex(""), ""), recipe: recipe, runs: runs)
      ]
    }
  }

  /// Sets a file's time so many seconds back.
  private func age(_ path: String, by seconds: Int) {
    let time = timeval(tv_sec: Int(Date().timeIntervalSince1970) - seconds, tv_usec: 0)
    #expect(utimes(path, [time, time]) == 0)
  }

  @Test func programsThatNobodyRunsGo() throws {
    let (scratch, project, registry) = try project()
    var rule = Pruner.Rule()
    rule.olderThan = 0
    let pruner = Pruner(project: project, registry: registry, listed: [])
    func programs() throws -> [Pruner.Item] {
      try pruner.plan(rule, now: Date().timeIntervalSince1970).items.filter {
        $0.kind == .program
      }
    }
    try scratch.write("#!/bin/bash\n", to: "t.sh", executable: true)
    let program = try Program.resolve(["./t.sh"], project: project, keep: true)
    let folder = (program.command[0] as NSString).deletingLastPathComponent
    // It may be for a submission that is being made.
    #expect(try programs().isEmpty)
    age(folder, by: 7200)
    let unused = try programs()
    #expect(unused.map(\.path) == [folder])
    // Found again for one since, or recorded by one.
    _ = try Program.resolve(["./t.sh"], project: project, keep: true)
    #expect(try pruner.remove(unused).first?.contains("is left alone") == true)
    age(folder, by: 7200)
    let recipe = JSONValue.object(["command": .array([.string(program.command[0])])]).canonical
    try record("e.pppppppppppp", recipe, project, registry)
    #expect(try pruner.remove(unused).first?.contains("is left alone") == true)
    #expect(try programs().isEmpty && access(program.command[0], X_OK) == 0)
  }

  @Test func programsOfWhatCannotBeReadStay() throws {
    let (scratch, project, registry) = try project()
    var rule = Pruner.Rule()
    rule.olderThan = 0
    let pruner = Pruner(project: project, registry: registry, listed: [])
    func hasPrograms() throws -> Bool {
      try pruner.plan(rule, now: Date().timeIntervalSince1970).items.contains {
        $0.kind == .program
      }
    }
    let path = "\(project.programs)/\(sha256Hex("x"))"
    try scratch.write("x", to: ".orchestrate/programs/\(sha256Hex("x"))/x")
    age(path, by: 7200)
    #expect(try hasPrograms())
    // A job that the registry does not know may wait for it.
    try scratch.write("command=( '\(path)/x' )\n", to: "submissions/e.zzzzzzzzzzzz/script.sh")
    #expect(try !hasPrograms())
    try scratch.write("", to: "submissions/e.zzzzzzzzzzzz/script.sh")
    #expect(try hasPrograms())
    try record("e.pppppppppppp", #"{"program":"of a newer orchestrate"}"#, project, registry)
    #expect(try !hasPrograms())
  }

  @Test func aProgramThatNobodyRunsIsRemoved() throws {
    let (scratch, project, registry) = try project()
    let pruner = Pruner(project: project, registry: registry, listed: [])
    try scratch.write("x", to: ".orchestrate/programs/\(sha256Hex("x"))/x")
    age("\(project.programs)/\(sha256Hex("x"))", by: 40 * 86_400)
    let items = try pruner.plan(Pruner.Rule(), now: Date().timeIntervalSince1970).items
    #expect(try pruner.remove(items.filter { $0.kind == .program }).isEmpty)
    #expect(try namesInFolder(project.programs).isEmpty)
  }

  /// It may be one that another orchestrate is making at this moment, or has just recorded.
  @Test func aSubmissionThatIsBeingMadeStays() throws {
    let (scratch, project, registry) = try project()
    try scratch.write("", to: "submissions/e.zzzzzzzzzzzz/script.sh")
    var rule = Pruner.Rule()
    rule.olderThan = 0
    let pruner = Pruner(project: project, registry: registry, listed: [])
    let now = Date().timeIntervalSince1970
    #expect(try pruner.plan(rule, now: now).items.allSatisfy { $0.kind != .submission })
    #expect(try pruner.plan(rule, now: now + 3000).items.allSatisfy { $0.kind != .submission })
    // By its files' times as well as by its own.
    let times = [timeval](repeating: timeval(tv_sec: Int(now) - 7200, tv_usec: 0), count: 2)
    utimes(scratch("submissions/e.zzzzzzzzzzzz"), times)
    #expect(try pruner.plan(rule, now: now).items.allSatisfy { $0.kind != .submission })
    let items = try pruner.plan(rule, now: now + 3700).items.filter { $0.kind == .submission }
    #expect(items.count == 1)
    // Recorded between the two looks.
    try record("e.zzzzzzzzzzzz", nil, project, registry)
    #expect(try pruner.remove(items).isEmpty)
    #expect(scratch.read("submissions/e.zzzzzzzzzzzz/script.sh") != nil)
  }

  @Test(arguments: ["runs/../..", "runs/e/../../x", "elsewhere", "runs/e//x", "runs"])
  func aPathThatLeadsOutIsNotTheProjects(_ name: String) throws {
    let (scratch, project, _) = try project()
    #expect(!project.owns(scratch(name), below: project.runsFolder))
    #expect(project.owns(scratch("runs/e/e-1"), below: project.runsFolder))
  }

  /// A run that was submitted by another path to the same project.
  @Test func aPathThroughALinkOfOursIsTheProjects() throws {
    let (scratch, project, _) = try project()
    let links = try Scratch()
    #expect(symlink(scratch.path, links("runs")) == 0)
    let found = try Project.find(named: links("runs"), environment: [:], currentFolder: "/")
    #expect(found.root == project.root)
    #expect(project.owns(links("runs/runs/e/e-1"), below: project.runsFolder))
    #expect(!project.owns(links("runs/runs/../e"), below: project.runsFolder))
    #expect(!project.owns(links("other/runs/e/e-1"), below: project.runsFolder))
    #expect(!project.owns(links("runs/submissions/e/e-1"), below: project.runsFolder))
    if geteuid() == 0 {
      // Another user's link may lead elsewhere a moment later.
      #expect(lchown(links("runs"), 65_534, 65_534) == 0)
      #expect(!project.owns(links("runs/runs/e/e-1"), below: project.runsFolder))
    }
  }
}
