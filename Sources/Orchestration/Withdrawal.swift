import Registry

extension Registry {
  /// Ends runs that no executor holds: those that were never handed over, and those that wait for
  /// orchestrate to submit them anew or to continue them. A run that has moved on is left alone.
  /// - Returns: how many were ended.
  @discardableResult
  func withdraw(_ runs: some Sequence<RunRecord>) throws -> Int {
    try apply(
      runs.filter { $0.state == .created || ($0.state.isActive && $0.due != nil) }.map { run in
        var update = RunUpdate(run)
        update.state = .cancelled
        update.endedAt = now()
        update.reason =
          run.due == .goOn
          ? "cancelled while it waited to go on" : "cancelled before it was submitted"
        update.due = nil
        return update
      })
  }
}

extension RunRecord {
  /// Whether orchestrate is to submit the run anew or to continue it: it waits for that, and nobody has cancelled it.
  var isToBeSubmitted: Bool { due != nil && cancelRequestedAt == nil }
}
