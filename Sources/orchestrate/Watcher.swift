import Foundation
import Orchestration
import Registry
import Reports
import Scheduler
import Terminal

/// Follows runs until they have ended: live lines on a terminal, a line per change elsewhere.
struct Watcher {
  let workshop: Workshop
  let options: GlobalOptions
  /// Seconds between two questions to Slurm. Files on this machine are looked at more often.
  let interval: Double

  /// Seconds between two looks at metrics and local runs.
  private static let pace = 0.5

  /// Returns when every run has ended, or when a signal asked to stop.
  /// - Returns: whether all have ended.
  @discardableResult
  func follow(_ ids: [Int64], thenShow: Bool, until stop: Interrupt? = nil) async throws -> Bool {
    let display = LiveDisplay(on: .error)
    var states: [Int64: RunState] = [:]
    var questions = Questions(longest: interval)
    defer { display.clear() }
    while true {
      try await look(ids, &questions)
      let runs = try workshop.registry.runs(.ids(ids))
      if announce(runs, since: &states, on: display) { questions.hurry() }
      let report = ProgressReport(
        runs, style: options.errorStyle, width: Stream.error.width ?? 100)
      display.draw(report.lines)
      if runs.allSatisfy({ !$0.state.isActive }) { return true }
      if stop?.isRaised == true { return false }
      try await Task.sleep(for: .seconds(Self.pace))
    }
  }

  private func look(_ ids: [Int64], _ questions: inout Questions) async throws {
    let active = try workshop.registry.runs(.ids(ids)).filter(\.state.isActive)
    let local = active.filter { $0.executor == ExecutorName.local.rawValue }
    if !local.isEmpty {
      let round = try await workshop.reconciler.reconcile(.ids(local.map(\.id)))
      options.warn(round.warnings)
    }
    let remote = active.filter { $0.executor != ExecutorName.local.rawValue }
    guard !remote.isEmpty else { return }
    if questions.isDue {
      let round = try await workshop.reconciler.reconcile(.ids(remote.map(\.id)))
      options.warn(round.warnings)
    } else {
      for run in remote { try MetricsIntake(workshop.registry).takeIn(run) }
    }
  }

  /// Says which runs changed their state.
  /// - Returns: whether any did.
  private func announce(
    _ runs: [RunRecord], since states: inout [Int64: RunState], on display: LiveDisplay
  ) -> Bool {
    var isNews = false
    for run in runs where states[run.id] != run.state {
      let isFirst = states[run.id] == nil
      isNews = true
      states[run.id] = run.state
      if isFirst, run.state != .running { continue }
      let reason = run.reason.map { " (\($0))" } ?? ""
      let style = options.errorStyle
      display.log(
        "\(style(.strong, run.name)) \(style(role(of: run.state), run.state.rawValue))\(reason)")
    }
    return isNews
  }
}
