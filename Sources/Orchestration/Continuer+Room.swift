import Foundation
import Registry
import RunContract
import Scheduler
import Scripts

/// Where jobs compete for room: limits belong to an account and a quality of service.
struct RoomKey: Hashable {
  private let executor: ExecutorName
  private let options: [String?]

  init(_ recipe: Recipe, _ executor: ExecutorName) {
    self.executor = executor
    options = ["account", "qos", "partition"].map(recipe.value(of:))
  }
}

extension Continuer {
  /// Submits runs that wait, in as many submissions as an executor has room for; the others go on waiting.
  ///
  /// Each portion is a submission of its own, recorded before it is handed over, and the tokens of its runs
  /// are taken back before: whoever is killed in between leaves what any other submission leaves.
  /// - Parameters:
  ///   - size: the first portion's runs; while portions are taken, each is twice the one before.
  ///   - room: fewer runs than this are taken, where that is known: the next portion is half of them.
  /// - Returns: what was handed over and not refused for want of room.
  func submitInPortions(
    _ runs: [RunRecord], _ recipe: Recipe, size: Int = 1, room: Int? = nil,
    _ executor: any Executor, _ report: inout Report
  ) async throws -> [Resubmission.Done] {
    var rest = runs
    var size = size
    var room = room
    var handedOver: [Resubmission.Done] = []
    while !rest.isEmpty {
      if let room {
        guard room > 1 else { break }
        size = room / 2
      }
      let part = Array(rest.prefix(size))
      guard let done = try await submitAnew(part, recipe, executor, &report) else { break }
      guard let want = done.outcome.wantOfRoom else {
        handedOver.append(done)
        guard case .accepted = done.outcome else { break }
        rest.removeFirst(part.count)
        room = room.map { $0 - part.count }
        size *= 2
        continue
      }
      report.full.insert(RoomKey(recipe, executor.name))
      guard want.mayTakeFewer else { break }
      room = part.count
      let again = try registry.runs(.ids(part.map(\.id))).filter(\.isToBeSubmitted)
      rest.replaceSubrange(0..<part.count, with: again)
    }
    return handedOver
  }

  /// Asks an executor once more for a submission that it had no room for. Nobody was ever handed it, so it
  /// needs no other token, and waiting for room for a week makes no thousand submissions.
  /// - Returns: `nil` where these runs are not that submission, whole and as it was written; an inner `nil`
  ///   where another process was first.
  func askOnceMore(
    _ runs: [RunRecord], _ recipe: Recipe, _ old: SubmissionRecord, _ executor: any Executor,
    _ report: inout Report
  ) async throws -> SubmissionOutcome?? {
    guard old.state == .refused, let step = runs.first?.due,
      runs.allSatisfy({ RunFolder($0).claim == nil })
    else { return .none }
    let runs = runs.sorted { ($0.arrayIndex ?? 0) < ($1.arrayIndex ?? 0) }
    let rendered = try PreparedSubmission(
      recipe, runs: runs.map(ManifestRun.init), token: old.token,
      template: recipe.template(sha256: old.templateSHA256, in: registry), project: project,
      requeues: recipe.retry.maxRequeues - runs[0].restarts)
    guard try rendered.isWritten else { return .none }
    guard try registry.beginOnceMore(old.id, of: runs, by: Maker.current) else { return .some(nil) }
    SubmissionStep.intended.reached()
    let outcome = try await Handover(
      registry: registry, executor: executor, due: step, recipe: step == .resubmit ? recipe : nil
    ).submit(rendered.request, as: old.id)
    tell(outcome, of: runs, step == .goOn ? "continued" : "submitted", executor, &report)
    if outcome.wantOfRoom != nil { report.full.insert(RoomKey(recipe, executor.name)) }
    return outcome
  }
}
