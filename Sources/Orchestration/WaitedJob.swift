/// A job that a submission waits for: a part of Slurm's dependency, as in `afterok:7:8_3,afterany:9`.
struct WaitedJob: Equatable {
  /// Slurm's word for how it must have ended.
  let condition: String
  /// As Slurm writes it: `7` or `8_3`.
  let text: String
  let id: Int
  /// `nil` for a whole job.
  let arrayIndex: Int?

  /// Whether only a good end lets go what waits for it.
  var needsSuccess: Bool { condition == "afterok" }

  /// The jobs of a dependency, in its order.
  static func all(in dependency: String) -> [WaitedJob] {
    dependency.split(separator: ",").flatMap { part in
      let words = part.split(separator: ":")
      return words.dropFirst().compactMap { word -> WaitedJob? in
        let numbers = word.split(separator: "_").map { Int($0) }
        guard let id = numbers.first ?? nil else { return nil }
        return WaitedJob(
          condition: String(words[0]), text: String(word), id: id,
          arrayIndex: numbers.count > 1 ? numbers[1] : nil)
      }
    }
  }

  /// Slurm's dependency on jobs, one part for each condition; `nil` where there are none.
  static func dependency(on jobs: [(condition: String, job: String)]) -> String? {
    var parts: [(condition: String, jobs: [String])] = []
    for job in jobs {
      if let place = parts.firstIndex(where: { $0.condition == job.condition }) {
        if !parts[place].jobs.contains(job.job) { parts[place].jobs.append(job.job) }
      } else {
        parts.append((job.condition, [job.job]))
      }
    }
    if parts.isEmpty { return nil }
    return parts.map { ([$0.condition] + $0.jobs).joined(separator: ":") }.joined(separator: ",")
  }
}
