import Registry
import RunContract

/// Runs that were submitted to another cluster than the one that was asked, which knows nothing of them.
struct RunsElsewhere {
  let asked: String?
  private var names: [String: [String]] = [:]

  init(asked: String?) { self.asked = asked }

  /// Whether a run that the executor does not show is one of them.
  mutating func includes(_ run: RunRecord) -> Bool {
    guard let asked, let cluster = run.cluster, cluster != asked else { return false }
    names[cluster, default: []].append(run.name)
    return true
  }

  /// A word on those of each cluster.
  var warnings: [String] {
    guard let asked else { return [] }
    return names.sorted { $0.key < $1.key }.map { cluster, runs in
      "\(runs[0])\(runs.count > 1 ? " and \(runs.count - 1) more" : "") on the cluster "
        + "\(printable(cluster)): nothing is known of them, for Slurm here is that of \(printable(asked)) "
        + "(SLURM_CONF chooses)"
    }
  }
}
