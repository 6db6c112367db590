import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// A registry that is an older copy, or was made anew, beside runs and submissions that are still there.
@Suite struct TakenNames {
  private func project() throws -> (scratch: Scratch, project: Project, registry: Registry) {
    let scratch = try Scratch()
    let (project, _) = try Project.create(in: scratch.path)
    return (scratch, project, try project.openRegistry())
  }

  /// Plans runs of an experiment and gives their names.
  private func plan(
    _ experiment: String, _ project: Project, _ registry: Registry,
    token: String = "e.aaaaaaaaaaaa"
  ) throws -> [String] {
    var wish = SubmissionWish(
      experiment: experiment, jobFile: nil, configs: [Config(parameters: ["seed": .number(1)])],
      directory: project.runs(of: experiment), again: true)
    wish.takenNumber = try project.takenNumber(of: experiment, registry)
    return try registry.intend(wish) { runs in
      [Bench.submission(of: runs, try Scratch(), "slurm", token)]
    }.submissions.flatMap(\.submission.runs).map(\.name)
  }

  @Test func aDirectoryOnDiskKeepsItsName() throws {
    let (scratch, project, registry) = try project()
    #expect(try plan("e", project, registry) == ["e-1"])
    for name in ["e-3", "e-12", "e-9", "e-013", "e-x", "f-20", "e-99999999999999999999", "e-"] {
      try makeDirectory(scratch("runs/e/\(name)"))
    }
    try makeDirectory(scratch("runs/f/f-40"))
    #expect(try project.nextRunNumber(of: "e", registry) == 13)
    #expect(try plan("e", project, registry, token: "e.bbbbbbbbbbbb") == ["e-13"])
    // The registry's own count goes on where it is the higher one.
    #expect(try plan("e", project, registry, token: "e.cccccccccccc") == ["e-14"])
    #expect(try project.nextRunNumber(of: "new", registry) == 1)
  }

  @Test func aRunThatWaitsAndHasNoDirectoryKeepsItsName() throws {
    let (scratch, project, registry) = try project()
    try scratch.write(
      "0\te-4\t/p/runs/e/e-4\t{}\n1\te-5\t/p/runs/e/e-5\t{}\n",
      to: "submissions/e.zzzzzzzzzzzz/manifest")
    // Another experiment's, none at all, and one that is being written.
    try scratch.write("0\te.f-8\t/p\t{}\n", to: "submissions/e.f.zzzzzzzzzzzz/manifest")
    try scratch.write("0\te-70\t/p\t{}\n", to: "submissions/e.notatoken/manifest")
    try makeDirectory(scratch("submissions/e.yyyyyyyyyyyy"))
    #expect(try plan("e", project, registry) == ["e-6"])
    #expect(try project.nextRunNumber(of: "e.f", registry) == 9)
    // What the registry knows is not read.
    try scratch.write("0\te-90\t/p\t{}\n", to: "submissions/e.aaaaaaaaaaaa/manifest")
    #expect(try project.nextRunNumber(of: "e", registry) == 7)
    #expect(
      try project.unknownSubmissions(of: "e", registry).sorted()
        == ["e.yyyyyyyyyyyy", "e.zzzzzzzzzzzz"])
  }

  @Test func jobsThatTheRegistryDoesNotKnowAreSaid() async throws {
    let (scratch, project, registry) = try project()
    try scratch.write("0\te-4\t/p\t{}\n1\te-5\t/p\t{}\n", to: "submissions/e.zzzzzzzzzzzz/manifest")
    let executor = ScriptedExecutor(
      Observation(
        jobs: [], isComplete: true, hasAccounting: false,
        strangers: [
          JobObservation(token: "e.zzzzzzzzzzzz", jobID: 9, phase: .running),
          // Another project's.
          JobObservation(token: "x.bbbbbbbbbbbb", jobID: 10, phase: .running),
        ]))
    let continuer = Continuer(project: project, registry: registry, executors: [executor])
    let round = try await Reconciler(
      registry: registry, executors: [executor], continuer: continuer
    ).reconcile()
    #expect(round.warnings.count == 1)
    #expect(round.warnings.first?.contains("job 9 (e-4 … e-5)") == true, "\(round.warnings)")
    #expect(round.warnings.first?.contains("scancel --me --name=e.zzzzzzzzzzzz") == true)
    // Where nothing lies there that is not known, nobody asks the queue for it.
    try FileManager.default.removeItem(atPath: scratch("submissions/e.zzzzzzzzzzzz"))
    let quiet = try await Reconciler(
      registry: registry, executors: [executor], continuer: continuer
    ).reconcile()
    #expect(quiet.warnings.isEmpty)
  }

  /// Ten thousand directories are one look at their folder.
  @Test func manyDirectoriesAreLookedAtInOneGo() throws {
    let (scratch, project, registry) = try project()
    try makeDirectory(scratch("runs/e"))
    for number in 1...10_000 { mkdir(scratch("runs/e/e-\(number)"), 0o700) }
    let start = ContinuousClock.now
    #expect(try project.takenNumber(of: "e", registry) == 10_000)
    #expect(ContinuousClock.now - start < .seconds(1))
  }
}
