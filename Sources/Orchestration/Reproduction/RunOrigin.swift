import Foundation
import Registry
import RunContract
import Scripts

/// What a run was made from, as it was stored when it was submitted.
public struct RunOrigin: Sendable {
  public let run: RunRecord
  /// The submission that the run was last handed over in.
  public let submission: SubmissionRecord
  public let recipe: Recipe
  /// The stored script; `nil` where it is not there any more, or not as it was written.
  public let script: Data?
  /// What became of the things it was made from.
  public let changes: [OriginChange]

  /// Whether anything that the run was made from is known to be another now.
  public var hasChanged: Bool {
    changes.contains { $0.status == .changed || $0.status == .missing }
  }
}

/// A thing that a run was made from, then and now.
public struct OriginChange: Sendable, Equatable {
  /// What became of it.
  public enum Status: String, Sendable {
    case unchanged, changed, missing
    /// Nothing was recorded, or it cannot be looked at from here.
    case unknown
  }
  /// What it is: script, template, program, data.
  public let name: String
  /// Its path, or what else tells it.
  public let place: String
  /// SHA-256 when the run was submitted or began, and now.
  public let then: String?
  public let now: String?

  public var status: Status {
    guard let then else { return .unknown }
    guard let now else { return .missing }
    return then == now ? .unchanged : .changed
  }

  /// Whether a reproduction rests on it as it is now. The template does not count: a reproduction is
  /// rendered from the text that was kept.
  public var matters: Bool { name != Self.template }

  static let template = "template"
}

/// Looks up what runs were made from.
struct OriginReader {
  let project: Project
  let registry: Registry

  func origin(of run: RunRecord) throws -> RunOrigin {
    guard let id = run.submissionID, let submission = try registry.submissions([id]).first else {
      throw Failure("\(run.name) was never submitted", status: .usage)
    }
    guard let text = submission.recipe else {
      throw Failure(
        "\(run.name) was submitted by an earlier orchestrate, which kept no recipe",
        hint: "submit its job file again")
    }
    let recipe = try Recipe(text)
    let stored = storedScript(submission)
    let script = stored.flatMap {
      sha256Hex($0) == submission.scriptSHA256 ? $0 : nil
    }
    return RunOrigin(
      run: run, submission: submission, recipe: recipe, script: script,
      changes: [
        OriginChange(
          name: "script", place: "\(submission.directory)/\(PreparedSubmission.scriptFile)",
          then: submission.scriptSHA256, now: stored.map { sha256Hex($0) }),
        template(recipe, submission), program(recipe, run), data(run),
      ].compactMap { $0 })
  }

  private func storedScript(_ submission: SubmissionRecord) -> Data? {
    guard project.owns(submission.directory, below: project.submissionsFolder) else { return nil }
    return try? readFile("\(submission.directory)/\(PreparedSubmission.scriptFile)")
  }

  private func template(_ recipe: Recipe, _ submission: SubmissionRecord) -> OriginChange {
    let path = "\(project.templates)/\(recipe.template)\(ScriptTemplate.suffix)"
    return OriginChange(
      name: OriginChange.template, place: path, then: submission.templateSHA256,
      now: (try? readFile(path)).map { sha256Hex($0) })
  }

  /// The kept program is named by its hash; an interpreter is not kept, and only a trainer that records
  /// its own hash says what it was.
  private func program(_ recipe: Recipe, _ run: RunRecord) -> OriginChange? {
    guard let path = recipe.command.first else { return nil }
    let now = try? sha256Hex(ofFileAt: path)
    guard path.hasPrefix(project.programs + "/") else {
      return OriginChange(
        name: "program", place: recipe.command.joined(separator: " "),
        then: provenance(run, "binary_sha256"), now: now)
    }
    let folder = (path as NSString).deletingLastPathComponent as NSString
    return OriginChange(name: "program", place: path, then: folder.lastPathComponent, now: now)
  }

  private func data(_ run: RunRecord) -> OriginChange? {
    guard let folder = run.config.parameters["data"]?.text else { return nil }
    let path = absolute(folder, in: project.root)
    return OriginChange(
      name: "data", place: "\(path)/\(DataFile.manifest)",
      then: provenance(run, "data_manifest_sha256"),
      now: try? sha256Hex(ofFileAt: "\(path)/\(DataFile.manifest)"))
  }

  private func provenance(_ run: RunRecord, _ name: String) -> String? {
    RunFacts(project: project, registry: registry).provenance(of: run)
      .first { $0.name == name }?.value
  }
}
