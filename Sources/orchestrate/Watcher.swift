import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Scheduler
import Terminal

/// Follows runs until they have ended: live lines on a terminal, a line per change elsewhere.
struct Watcher {
  let workshop: Workshop
  let options: GlobalOptions
  /// Seconds between two questions to Slurm. Files on this machine are looked at more often.
  let interval: Double
  /// Seconds until the first question to Slurm.
  var delay = 0.0

  /// Seconds between two looks at metrics and local runs.
  private static let pace = 0.5

  /// Returns when every run has ended, or when a signal asked to stop.
  /// - Returns: whether all have ended.
  @discardableResult
  func follow(_ ids: [Int64], until stop: Interrupt? = nil) async throws -> Bool {
    let display = LiveDisplay(on: .error)
    var states: [Int64: RunState] = [:]
    var said: Set<String> = []
    var questions = Questions(to: .slurm, every: interval, after: delay)
    defer { display.clear() }
    while true {
      // What is wrong for hours is said once.
      for warning in try await look(ids, &questions) where said.insert(warning).inserted {
        display.log(options.warning(warning))
      }
      let runs = try workshop.registry.runs(.ids(ids))
      announce(runs, since: &states, on: display)
      let report = ProgressReport(
        runs, style: options.errorStyle, width: Stream.error.width ?? 100)
      display.draw(report.lines)
      if runs.allSatisfy({ !$0.state.isActive }) { return true }
      if stop?.isRaised == true { return false }
      try await Task.sleep(for: .seconds(Self.pace))
    }
  }

  /// Brings the registry up to date.
  /// - Returns: what a user should know.
  private func look(_ ids: [Int64], _ questions: inout Questions) async throws -> [String] {
    let active = try workshop.registry.runs(.ids(ids)).filter(\.state.isActive)
    let local = active.filter { $0.executor == ExecutorName.local.rawValue }
    let remote = active.filter { $0.executor != ExecutorName.local.rawValue }
    var warnings: [String] = []
    if !local.isEmpty {
      let round = try await workshop.localReconciler.reconcile(.ids(local.map(\.id)))
      warnings += round.warnings
      say(round.notes)
    }
    if remote.isEmpty { return warnings }
    if interval < Questions.leastPause {
      let seconds = Int(Questions.leastPause)
      warnings.append("Slurm is asked every \(seconds) s at most: all users share its controller")
    }
    let round = try await questions.ask {
      try await workshop.reconciler.reconcile(.ids(remote.map(\.id)))
    }
    if let round {
      say(round.notes)
      return warnings + round.warnings
    }
    return warnings
      + (try workshop.reconciler.takeInMetrics(of: remote.filter(\.state.mayHaveTrained)))
  }

  /// Says what was done on the way, as a continuation of a run.
  private func say(_ notes: [String]) {
    for note in notes { options.say(printable(note)) }
  }

  /// Says which runs changed their state.
  private func announce(
    _ runs: [RunRecord], since states: inout [Int64: RunState], on display: LiveDisplay
  ) {
    for run in runs where states[run.id] != run.state {
      let isFirst = states[run.id] == nil
      states[run.id] = run.state
      if isFirst, run.state != .running { continue }
      let reason = run.reason.map { " (\(printable($0)))" } ?? ""
      let style = options.errorStyle
      display.log(
        "\(style(.strong, printable(run.name))) \(style(role(of: run.state), run.state.rawValue))\(reason)"
      )
    }
  }
}
