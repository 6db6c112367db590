import Orchestration
import Registry
import Reports
import RunContract

extension GlobalOptions {
  /// Says which files of runs a command misses because `prune` removed them.
  func tellOfPruned(_ runs: [RunRecord], _ registry: Registry) {
    let files = PrunedFiles(registry)
    for run in runs {
      if let time = try? files.time(of: run) {
        say(
          "\(printable(run.name))'s output, checkpoints and provenance.json were removed by `orchestrate prune` on "
            + "\(timestamp(time)); its config, metrics and end are in the registry")
      }
      if let time = try? files.submissionTime(of: run) {
        say(
          "\(printable(run.name))'s script was removed by `orchestrate prune` on \(timestamp(time))"
        )
      }
    }
  }
}
