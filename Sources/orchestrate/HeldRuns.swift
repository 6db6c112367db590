import Registry
import Scheduler

/// How runs that Slurm holds are let go, in words for the user; `nil` where there are none.
///
/// Slurm holds a job for its user, for an administrator, and where it failed to launch it again and again. Of
/// tasks that wait for several reasons it does not say at one look which are held.
func hintForHeld(_ runs: [RunRecord]) -> String? {
  var count = 0
  var held: Set<Int> = []
  var partly: Set<Int> = []
  // Ten thousand runs that wait mostly do so for one reason.
  var last: (reason: String, isHeld: Bool, isCertain: Bool)?
  for run in runs where run.state.isActive {
    guard let reason = run.shownReason else { continue }
    if last?.reason != reason {
      last = (
        reason, reason.lowercased().contains("held") || reason == "SPECIAL_EXIT",
        !reason.contains(JobObservation.either)
      )
    }
    guard let last, last.isHeld, let job = run.jobID else { continue }
    if last.isCertain {
      count += 1
      held.insert(job)
    } else {
      partly.insert(job)
    }
  }
  var hints: [String] = []
  if !held.isEmpty {
    let runs = count == 1 ? "the held run" : "\(count) held runs"
    hints.append("`scontrol release\(list(held, " "))` lets \(runs) go")
  }
  if !partly.isEmpty {
    hints.append("`squeue -r -j\(list(partly, ","))` shows which tasks are held")
  }
  return hints.isEmpty ? nil : hints.joined(separator: "; ")
}

private func list(_ jobs: Set<Int>, _ separator: String) -> String {
  let shown = jobs.sorted().prefix(5).map(String.init).joined(separator: separator)
  return " " + shown + (jobs.count > 5 ? " …" : "")
}
