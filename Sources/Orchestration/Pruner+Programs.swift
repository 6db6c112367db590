import Foundation
import Registry
import RunContract

/// Kept programs that no submission runs.
extension Pruner {
  func unusedPrograms(olderThan age: Double, now: Double) throws -> [Item] {
    guard let used = usedPrograms(try registry.recipes()) else { return [] }
    let others = try programsOfUnknownSubmissions()
    return try namesInFolder(project.programs).sorted().compactMap { name in
      let path = "\(project.programs)/\(name)"
      guard !used.contains(path), !others.contains(path),
        project.owns(path, below: project.programs),
        isOld(path, max(age, Self.making), now)
      else { return nil }
      return Item(kind: .program, path: path, bytes: DiskUse.total(below: path))
    }
  }

  /// Moves a program out of the way while nobody can submit anything, and then deletes it.
  func removeProgram(_ item: Item) throws {
    guard project.owns(item.path, below: project.programs) else { return }
    // A name that no program has: whoever is killed here leaves what the next one finds.
    let away = "\(project.programs)/\(Self.doomed)\(UUID().uuidString)"
    let isGone = try registry.withRecipes { recipes in
      // It may have been kept for a submission since, or have been found again for one that is being made.
      guard let used = usedPrograms(recipes), !used.contains(item.path),
        isOld(item.path, Self.making, Date().timeIntervalSince1970)
      else { return false }
      try move(item.path, to: away)
      return true
    }
    guard isGone else { throw Failure("\(item.path) is left alone: a submission uses it by now") }
    try delete(away)
  }

  private func isOld(_ path: String, _ age: Double, _ now: Double) -> Bool {
    DiskUse.modified(path).map { now - $0 >= age } ?? false
  }

  /// The folders of the programs that submissions run; `nil` where one of them cannot be told, as where a newer
  /// orchestrate wrote its recipe: nothing is unused then.
  private func usedPrograms(_ recipes: [String]) -> Set<String>? {
    var used: Set<String> = []
    for recipe in recipes {
      guard let json = try? JSONValue(parsing: recipe),
        let program = json["command"]?.array?.first?.string
      else { return nil }
      used.insert((program as NSString).deletingLastPathComponent)
    }
    return used
  }

  /// The folders of the programs that scripts name which the registry does not know: where an older registry was
  /// put back, their jobs may still wait.
  private func programsOfUnknownSubmissions() throws -> Set<String> {
    let known = try registry.submissionTokens()
    var programs: Set<String> = []
    for name in try namesInFolder(project.submissionsFolder) where !known.contains(name) {
      let path = "\(project.submission(name))/\(PreparedSubmission.scriptFile)"
      guard let script = try? readFile(path) else { continue }
      let parts = String(decoding: script, as: UTF8.self)
        .components(separatedBy: "\(project.programs)/").dropFirst()
      programs.formUnion(parts.map { "\(project.programs)/\($0.prefix(64))" })
    }
    return programs
  }
}
