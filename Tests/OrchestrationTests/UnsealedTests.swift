import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// Runs that wait to be submitted anew, and whose recipe this user did not seal.
@Suite struct Unsealed {
  /// Whose key does not fit may have another HOME at the moment, as a cron job has.
  @Test(arguments: [(nil, RunState.failed), ("0000", .unconfirmed)])
  func whatNobodySealedWaitsNoLonger(_ seal: String?, _ state: RunState) async throws {
    let scratch = try Scratch()
    let (project, _) = try Project.create(in: scratch.path)
    let registry = try project.openRegistry()
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil, configs: [Config(parameters: ["seed": .number(1)])],
      directory: project.runs(of: "e"), again: false)
    let recipe = """
      {"command":["/bin/true"],"directives":[],"experiment":"e","retry":{},"template":"train",\
      "working_directory":"\(project.root)"}
      """
    let id = try #require(
      try registry.intend(wish) { runs in
        var submission = Bench.submission(of: runs, scratch, "slurm", Bench.token, recipe)
        submission.seal = seal
        return [submission]
      }.submissions.first?.id)
    try registry.record(
      submission: id, state: .unconfirmed, runs: .unconfirmed, due: .resubmit)
    let executor = ScriptedExecutor(
      Observation(jobs: [], isComplete: true, hasAccounting: false))
    let continuer = Continuer(project: project, registry: registry, executors: [executor])
    let round = try await Reconciler(
      registry: registry, executors: [executor], continuer: continuer
    ).reconcile()
    let run = try #require(try registry.runs().first)
    #expect(run.state == state && (run.due == nil) == (seal == nil))
    #expect(round.warnings.contains { $0.contains("was not made by you") })
    let claim = Claim.standing(runDirectory: run.directory, token: Bench.token)
    guard state == .failed else { return #expect(claim == nil) }
    #expect(run.reason?.contains("was not made by you") == true, "\(run.reason ?? "")")
    // Nobody can start it under the token that it had.
    #expect(claim?.kind == .revoked)
  }

  /// The same of a part that was never handed over: under another HOME it is nobody's failure.
  @Test(arguments: [(nil, RunState.failed), ("0000", .submitting)])
  func whatAnotherHomeSealedIsNotHandedOverAndWaits(
    _ seal: String?, _ state: RunState
  ) async throws {
    let scratch = try Scratch()
    let (project, _) = try Project.create(in: scratch.path)
    let registry = try project.openRegistry()
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil,
      configs: [1, 2].map { Config(parameters: ["seed": .number($0)]) },
      directory: project.runs(of: "e"), again: false)
    let recipe = """
      {"command":["/bin/true"],"directives":[],"experiment":"e","retry":{},"template":"train",\
      "working_directory":"\(project.root)"}
      """
    _ = try registry.intend(wish) { runs in
      zip(runs, ["e.aaaaaaaaaaaa", "e.bbbbbbbbbbbb"]).map { run, token in
        var submission = Bench.submission(of: [run], scratch, "slurm", token, recipe)
        submission.seal = seal
        return submission
      }
    }
    let executor = ScriptedExecutor(
      Observation(jobs: [], isComplete: true, hasAccounting: false))
    let continuer = Continuer(project: project, registry: registry, executors: [executor])
    let round = try await Reconciler(
      registry: registry, executors: [executor], continuer: continuer
    ).reconcile()
    #expect(round.warnings.contains { $0.contains("was not made by you") })
    #expect(try registry.runs().map(\.state) == [.unconfirmed, state])
  }
}
