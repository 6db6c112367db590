import Registry
import RunContract
import Scheduler

extension Reconciler {
  /// How many runs that have ended are looked at where nobody asks for certain ones.
  private static let newestEnds = 50

  /// Good ends that came after the recorded ones and were never seen: an administrator has requeued what had
  /// ended, it has ended again, and Slurm has forgotten it. Its directory has not.
  func goodEndsSince(_ wanted: RunFilter) throws -> [RunUpdate] {
    var filter = wanted
    filter.states = RunState.allCases.filter { !$0.isActive && $0 != .completed }
    filter.endedSince = clocks.wall() - Self.afterglow
    if wanted.ids == nil { filter.limit = Self.newestEnds }
    return try registry.runs(filter).compactMap { run in
      guard run.executor == ExecutorName.slurm.rawValue, let end = run.endedAt, owns(run) else {
        return nil
      }
      let folder = RunFolder(run)
      // Only a start after that end may contradict it.
      guard let record = folder.exitRecord, record.code == 0, record.restart > 0,
        let start = folder.claim?.time, start >= end
      else { return nil }
      var update = RunUpdate(run)
      update.state = .completed
      (update.reason, update.due, update.signal) = (nil, nil, nil)
      (update.exitCode, update.startedAt, update.endedAt) = (0, start, record.time)
      return update
    }
  }
}
