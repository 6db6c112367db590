import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// A wish to cancel, at moments in which somebody else does something with the run.
@Suite struct Cancelling {
  /// A run that another process has just decided to continue, or to submit anew.
  private func makeDue(_ bench: Bench, _ step: NextStep) throws {
    var update = RunUpdate(try bench.run)
    update.state = step == .goOn ? .requeued : .unconfirmed
    update.due = step
    try bench.registry.apply([update])
  }

  @Test(arguments: [NextStep.goOn, .resubmit])
  func whoIsCancelledWhileAnotherDecidesThatItGoesOnIsEndedByTheNextLook(
    _ step: NextStep
  ) async throws {
    let bench = try Bench()
    try bench.registry.requestCancel(of: [try bench.run])
    try makeDue(bench, step)
    try await bench.look()
    let run = try bench.run
    #expect(run.state == .cancelled && run.due == nil && run.endedAt != nil)
    #expect(
      run.reason
        == (step == .goOn
          ? "cancelled while it waited to go on" : "cancelled before it was submitted"))
  }

  /// While a user was asked, an administrator requeued the job.
  @Test func whoIsRevivedWhileSomebodyIsAskedIsCancelledAllTheSame() async throws {
    let bench = try Bench()
    try makeDue(bench, .goOn)
    let asked = try bench.run
    var update = RunUpdate(asked)
    update.due = nil
    try bench.registry.apply([update])
    // Nobody waits for the end in an executor that gives no answer.
    bench.executor.say(Observation(jobs: [], isComplete: false, hasAccounting: false))
    _ = try await Canceller(registry: bench.registry, executors: [bench.executor]).cancel([asked])
    #expect(try bench.run.state == .requeued && bench.run.cancelRequestedAt != nil)
    #expect(bench.executor.cancelled.withLock { $0.map(\.jobID) } == [7])
  }

  @Test func theWishOutlivesASubmissionThatWasBeingMade() async throws {
    let bench = try Bench()
    let before = try bench.run
    try makeDue(bench, .goOn)
    let due = try bench.run
    // Whoever wants to cancel still has the record of the former submission.
    try bench.registry.requestCancel(of: [before])
    let intent = try bench.registry.intendAgain([due], because: "goes on") { runs in
      Issue.record("a cancelled run is prepared for a submission")
      return Bench.submission(of: runs, bench.scratch, "slurm", "e.cccccccccccc")
    }
    #expect(intent == nil)
    #expect(try bench.run.cancelRequestedAt != nil)
    // Nor does whoever reads it after the wish, but for a user.
    let read = try bench.run
    for byHand in [false, true] {
      let intent = try bench.registry.intendAgain([read], because: "once more", byHand: byHand) {
        Bench.submission(of: $0, bench.scratch, "slurm", "e.dddddddddddd")
      }
      #expect((intent != nil) == byHand)
    }
  }

  @Test func theWishReachesTheSubmissionThatWasMadeAMomentBefore() async throws {
    let bench = try Bench()
    let before = try bench.run
    try makeDue(bench, .goOn)
    _ = try bench.registry.intendAgain([try bench.run], because: "goes on") { runs in
      Bench.submission(of: runs, bench.scratch, "slurm", "e.cccccccccccc")
    }
    // Nobody waits for the end in an executor that gives no answer.
    bench.executor.say(Observation(jobs: [], isComplete: false, hasAccounting: false))
    let report = try await Canceller(registry: bench.registry, executors: [bench.executor])
      .cancel([before])
    #expect(bench.executor.cancelled.withLock { $0.map(\.token) } == ["e.cccccccccccc"])
    #expect(report.runs.allSatisfy { $0.cancelRequestedAt != nil })
  }

  @Test func whatHasEndedMeanwhileIsNotMarked() async throws {
    let bench = try Bench()
    let before = try bench.run
    try await bench.look([bench.job(.completed)])
    try bench.registry.requestCancel(of: [before])
    #expect(try bench.run.cancelRequestedAt == nil)
  }

  /// The second of two parts, which an orchestrate that has ended did not hand over.
  private func abandoned(_ bench: Bench) throws -> Int64 {
    let wish = SubmissionWish(
      experiment: "f", jobFile: nil,
      configs: [1, 2].map { Config(parameters: ["seed": .number($0)]) },
      directory: bench.scratch("runs/f"), again: false)
    let parts = try bench.registry.intend(wish) { runs in
      runs.map {
        Bench.submission(of: [$0], bench.scratch, "slurm", "f.\(String($0.name.suffix(1)))")
      }
    }.submissions
    return try #require(parts.last?.id)
  }

  @Test func whatIsCancelledBeforeItIsHandedOverNeverIs() async throws {
    let bench = try Bench()
    let part = try abandoned(bench)
    let project = try Project.create(in: bench.scratch.path).project
    let continuer = Continuer(
      project: project, registry: bench.registry, executors: [bench.executor])
    let reconciler = Reconciler(
      registry: bench.registry, executors: [bench.executor], continuer: continuer)
    var filter = RunFilter()
    filter.submissionID = part
    // Who looks in order to cancel hands nothing over.
    _ = try await reconciler.reconcile(submitting: false)
    let run = try #require(try bench.registry.runs(filter).first)
    #expect(run.state == .submitting)
    try bench.registry.requestCancel(of: [run])
    _ = try await reconciler.reconcile(submitting: false)
    let after = try #require(try bench.registry.runs(filter).first)
    #expect(after.state == .cancelled && after.endedAt != nil)
    #expect(try bench.registry.submissions([part]).first?.state == .refused)
  }

  @Test func aJobThatTurnsUpAfterItsRunWasCancelledIsEndedAndNotShown() async throws {
    let bench = try Bench()
    try bench.registry.requestCancel(of: [try bench.run])
    try await bench.look()
    #expect(try bench.run.state == .cancelled)
    let late = bench.job(.pending)
    bench.executor.say(
      Observation(jobs: [late], isComplete: true, hasAccounting: false, strangers: [late]))
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
    #expect(try bench.run.state == .cancelled)
    #expect(bench.executor.cancelled.withLock { $0.map(\.jobID) } == [7])
  }
}
