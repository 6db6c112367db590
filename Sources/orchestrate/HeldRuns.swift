import Registry

/// How runs that Slurm holds are let go, in words for the user; `nil` where there are none.
///
/// Slurm holds a job for its user, for an administrator, and where it failed to launch it again and again.
func hintForHeld(_ runs: [RunRecord]) -> String? {
  var count = 0
  var jobs: Set<Int> = []
  // Ten thousand runs that wait mostly do so for one reason.
  var last: (reason: String, isHeld: Bool)?
  for run in runs where run.state.isActive {
    guard let reason = run.shownReason else { continue }
    if last?.reason != reason { last = (reason, reason.lowercased().contains("held")) }
    guard last?.isHeld == true, let job = run.jobID else { continue }
    count += 1
    jobs.insert(job)
  }
  if jobs.isEmpty { return nil }
  let named = jobs.sorted().prefix(5).map { " \($0)" }.joined() + (jobs.count > 5 ? " …" : "")
  return "`scontrol release\(named)` lets \(count == 1 ? "the held run" : "\(count) held runs") go"
}
