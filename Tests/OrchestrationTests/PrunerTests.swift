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
    let pruner = Pruner(project: project, registry: registry)
    #expect(try pruner.plan(Pruner.Rule(), now: 1001).isEmpty)
    let items = try pruner.plan(Pruner.Rule(), now: 1000 + 31 * 86_400)
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
    let items = try Pruner(project: project, registry: registry).plan(rule, now: 1001)
    #expect(Set(items.map(\.run)) == ["e-1"])
    #expect(items.count == 4)
    #expect(items.allSatisfy { $0.path.hasPrefix(scratch.path) })
  }

  @Test func linksAreNeitherFollowedNorRemoved() throws {
    let (scratch, project, registry) = try project()
    let elsewhere = try Scratch()
    try elsewhere.write("precious", to: "step-000099.safetensors")
    let folder = scratch("runs/e/e-2/checkpoints")
    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createSymbolicLink(
      atPath: folder, withDestinationPath: elsewhere.path)
    let items = try Pruner(project: project, registry: registry)
      .plan(Pruner.Rule(), now: 1000 + 31 * 86_400)
    #expect(items.allSatisfy { $0.run == "e-1" })
    #expect(elsewhere.read("step-000099.safetensors") == "precious")
  }

  @Test func submissionsThatNobodyRecordedGo() throws {
    let (scratch, project, registry) = try project()
    try scratch.write("", to: "submissions/e.zzzzzzzzzzzz/script.sh")
    try scratch.write("", to: "submissions/e.aaaaaaaaaaaa/script.sh")
    let later = Date().timeIntervalSince1970 + 31 * 86_400
    let items = try Pruner(project: project, registry: registry).plan(Pruner.Rule(), now: later)
    #expect(
      items.filter { $0.kind == .submission }.map { ($0.path as NSString).lastPathComponent }
        == ["e.zzzzzzzzzzzz"])
  }

  /// It may be one that another orchestrate is making at this moment, or has just recorded.
  @Test func aSubmissionThatIsBeingMadeStays() throws {
    let (scratch, project, registry) = try project()
    try scratch.write("", to: "submissions/e.zzzzzzzzzzzz/script.sh")
    var rule = Pruner.Rule()
    rule.olderThan = 0
    let pruner = Pruner(project: project, registry: registry)
    let now = Date().timeIntervalSince1970
    #expect(try pruner.plan(rule, now: now).allSatisfy { $0.kind != .submission })
    #expect(try pruner.plan(rule, now: now + 3000).allSatisfy { $0.kind != .submission })
    // By its files' times as well as by its own.
    let times = [timeval](repeating: timeval(tv_sec: Int(now) - 7200, tv_usec: 0), count: 2)
    utimes(scratch("submissions/e.zzzzzzzzzzzz"), times)
    #expect(try pruner.plan(rule, now: now).allSatisfy { $0.kind != .submission })
    let items = try pruner.plan(rule, now: now + 3700).filter { $0.kind == .submission }
    #expect(items.count == 1)
    // Recorded between the two looks.
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil, configs: [Config(parameters: ["seed": .number(9)])],
      directory: project.runs(of: "e"), again: true)
    _ = try registry.intend(wish) { runs in
      [
        NewSubmission(
          token: "e.zzzzzzzzzzzz", executor: "slurm",
          directory: project.submission("e.zzzzzzzzzzzz"), isArray: false,
          hashes: SubmissionHashes(script: sha256Hex(""), manifest: sha256Hex("")),
          template: (sha256Hex(""), ""), runs: runs)
      ]
    }
    #expect(try pruner.remove(items).isEmpty)
    #expect(scratch.read("submissions/e.zzzzzzzzzzzz/script.sh") != nil)
  }

  @Test(arguments: ["runs/../..", "runs/e/../../x", "elsewhere", "runs/e//x", "runs"])
  func aPathThatLeadsOutIsNotTheProjects(_ name: String) throws {
    let (scratch, project, _) = try project()
    #expect(!project.owns(scratch(name), below: project.runsFolder))
    #expect(project.owns(scratch("runs/e/e-1"), below: project.runsFolder))
  }
}
