import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// Runs that wait to be submitted anew, and whose recipe this user did not seal.
@Suite struct Unsealed {
  /// A project, and the runs of a wish in it, each a submission of its own.
  private struct Place {
    let scratch: Scratch
    let project: Project
    let registry: Registry
    let submissions: [Int64]

    init(seal: String?, tokens: [String]) throws {
      let scratch = try Scratch()
      let (project, _) = try Project.create(in: scratch.path)
      (self.scratch, self.project) = (scratch, project)
      registry = try project.openRegistry()
      let wish = SubmissionWish(
        experiment: "e", jobFile: nil,
        configs: tokens.indices.map { Config(parameters: ["seed": .number(Double($0))]) },
        directory: project.runs(of: "e"), again: false)
      let recipe = """
        {"command":["/bin/true"],"directives":[],"experiment":"e","retry":{},"template":"train",\
        "working_directory":"\(project.root)"}
        """
      submissions = try registry.intend(wish) { runs in
        zip(runs, tokens).map { run, token in
          var submission = Bench.submission(
            of: [run], scratch, "slurm", token, recipe)
          submission.seal = seal
          return submission
        }
      }.submissions.map(\.id)
    }

    func look() async throws -> Reconciler.Round {
      let executor = ScriptedExecutor(
        Observation(jobs: [], isComplete: true, hasAccounting: false))
      let continuer = Continuer(project: project, registry: registry, executors: [executor])
      return try await Reconciler(
        registry: registry, executors: [executor], continuer: continuer
      ).reconcile()
    }
  }

  /// Whose key does not fit may have another HOME at the moment, as a cron job has.
  @Test(arguments: [(nil, RunState.failed), ("0000", .unconfirmed)])
  func whatNobodySealedWaitsNoLonger(_ seal: String?, _ state: RunState) async throws {
    let token = "e.aaaaaaaaaaaa"
    let place = try Place(seal: seal, tokens: [token])
    try place.registry.record(
      submission: place.submissions[0], state: .unconfirmed, runs: .unconfirmed, due: .resubmit)
    let round = try await place.look()
    let run = try #require(try place.registry.runs().first)
    #expect(run.state == state && (run.due == nil) == (seal == nil))
    #expect(round.warnings.contains { $0.contains("was not made by you") })
    let claim = Claim.standing(runDirectory: run.directory, token: token)
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
    let place = try Place(seal: seal, tokens: ["e.aaaaaaaaaaaa", "e.bbbbbbbbbbbb"])
    let round = try await place.look()
    #expect(round.warnings.contains { $0.contains("was not made by you") })
    #expect(try place.registry.runs().map(\.state) == [.unconfirmed, state])
  }
}
