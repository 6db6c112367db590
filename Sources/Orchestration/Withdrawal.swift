import Registry

extension Registry {
  /// Ends runs that were made and never handed over: nobody has to be asked, and left as they are they
  /// would block their configs for ever. A run that has moved on is left alone.
  /// - Returns: how many were ended.
  @discardableResult
  func withdraw(_ runs: some Sequence<RunRecord>, because reason: String) throws -> Int {
    try apply(
      runs.filter { $0.state == .created }.map { run in
        var update = RunUpdate(run)
        update.state = .cancelled
        update.endedAt = now()
        update.reason = reason
        return update
      })
  }
}
