import Registry
import Scheduler

extension Reconciler {
  /// Whether submissions of this project lie on disk that the registry does not know.
  var hasUnknownSubmissions: Bool {
    get throws { try continuer?.project.unknownSubmissions(registry).isEmpty == false }
  }

  /// What a user must know of jobs that are alive under tokens of this project and that the registry does
  /// not know.
  func wordOfUnknown(_ strangers: [JobObservation]) throws -> [String] {
    guard let project = continuer?.project else { return [] }
    let jobs = Dictionary(
      strangers.map { ($0.token, $0.jobID) }, uniquingKeysWith: { first, _ in first })
    let unknown = try registry.unknownTokens(among: jobs.keys.sorted()).compactMap { token in
      let runs = (try? project.runNames(of: token)) ?? []
      return runs.first.map { first in
        let names = first + (runs.count > 1 ? " … \(runs[runs.count - 1])" : "")
        return (token: token, words: "job \(jobs[token] ?? 0) (\(names))")
      }
    }
    guard let first = unknown.first else { return [] }
    let shown = unknown.prefix(3).map(\.words).joined(separator: ", ")
    let more = unknown.count > 3 ? " and \(unknown.count - 3) more" : ""
    return [
      "Slurm holds jobs of this project that its registry does not know: \(shown)\(more). Was the "
        + "registry made anew, or an older copy put back? They run on as they were submitted, and "
        + "nobody here follows them; `scancel --me --name=\(first.token)` ends the first"
    ]
  }
}
