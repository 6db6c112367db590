import Registry

/// How runs that Slurm holds are let go, in words for the user; `nil` where there are none.
///
/// Slurm holds a job for its user, for an administrator, and where it failed to launch it again and again.
func hintForHeld(_ runs: [RunRecord]) -> String? {
  let held = runs.filter {
    $0.state.isActive && $0.shownReason?.lowercased().contains("held") == true
  }
  let jobs = Set(held.compactMap(\.jobID)).sorted()
  if jobs.isEmpty { return nil }
  let named = jobs.prefix(5).map { " \($0)" }.joined() + (jobs.count > 5 ? " …" : "")
  return
    "`scontrol release\(named)` lets \(held.count == 1 ? "the held run" : "\(held.count) held runs") go"
}
