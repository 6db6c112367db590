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
  /// What recipe and template come to by now under the old names; `nil` where that cannot be told.
  let rendering: String?
  /// What became of the things it was made from.
  public let changes: [OriginChange]

  /// The lines that today's rendering would take from the stored script, with a minus, and put into it, with
  /// a plus.
  public var renderingDifferences: [String] {
    guard let script, let rendering else { return [] }
    func lines(_ text: String) -> [Substring] {
      text.split(separator: "\n", omittingEmptySubsequences: false)
    }
    return lines(rendering).difference(from: lines(String(decoding: script, as: UTF8.self))).map {
      switch $0 {
      case .remove(_, let line, _): "-\(line)"
      case .insert(_, let line, _): "+\(line)"
      }
    }
  }
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
    let stored = storedFile(PreparedSubmission.scriptFile, of: submission)
    let scriptHash = stored.map { sha256Hex($0) }
    let rendering = try rendering(recipe, submission, run)
    let changes = [
      OriginChange(
        kind: .script, place: "\(submission.directory)/\(PreparedSubmission.scriptFile)",
        then: submission.scriptSHA256, now: scriptHash),
      rendering?.change, template(recipe, submission), jobFile(submission, run),
      program(recipe, run), data(run),
    ]
    return RunOrigin(
      run: run, submission: submission, recipe: recipe,
      script: scriptHash == submission.scriptSHA256 ? stored : nil, rendering: rendering?.text,
      changes: changes.compactMap { $0 })
  }

  private func storedFile(_ name: String, of submission: SubmissionRecord) -> Data? {
    guard project.owns(submission.directory, below: project.submissionsFolder) else { return nil }
    return try? readFile("\(submission.directory)/\(name)")
  }

  /// Whether the registry's recipe and template still come to the script that was handed over: what a
  /// reproduction rests on.
  private func rendering(
    _ recipe: Recipe, _ submission: SubmissionRecord, _ run: RunRecord
  ) throws -> (text: String?, change: OriginChange)? {
    guard let runs = try whole(submission, run) else { return nil }
    let text = try rerender(recipe, submission, runs)
    return (
      text,
      OriginChange(
        kind: .rendering, place: "recipe and template in the registry",
        then: submission.scriptSHA256, now: text.map { sha256Hex($0) })
    )
  }

  /// The runs of the submission in the order of their tasks; `nil` where some have gone on in another.
  private func whole(_ submission: SubmissionRecord, _ run: RunRecord) throws -> [RunRecord]? {
    guard submission.isArray else { return [run] }
    var filter = RunFilter()
    filter.submissionID = submission.id
    let runs = try registry.runs(filter).sorted { ($0.arrayIndex ?? 0) < ($1.arrayIndex ?? 0) }
    return runs.map(\.arrayIndex) == Array(runs.indices) ? runs : nil
  }

  private func rerender(
    _ recipe: Recipe, _ submission: SubmissionRecord, _ runs: [RunRecord]
  ) throws -> String? {
    guard
      let template = try? recipe.template(sha256: submission.templateSHA256, in: registry)
    else { return nil }
    func render(_ requeues: Int) -> String? {
      try? PreparedSubmission(
        recipe, runs: runs.map(ManifestRun.init), token: submission.token, template: template,
        project: project, requeues: requeues
      ).script
    }
    // How many requeues a continuation has left depends on those before it, which are no part of a recipe.
    let most = recipe.retry.maxRequeues
    let likely = most - runs[0].restarts
    let first = render(likely)
    if first.map({ sha256Hex($0) }) == submission.scriptSHA256 || likely == most { return first }
    return (0...max(0, min(most, 100))).lazy.compactMap(render).first {
      sha256Hex($0) == submission.scriptSHA256
    } ?? first
  }

  private func template(_ recipe: Recipe, _ submission: SubmissionRecord) -> OriginChange {
    let path = "\(project.templates)/\(recipe.template)\(ScriptTemplate.suffix)"
    return OriginChange(
      kind: .template, place: path, then: submission.templateSHA256, now: hashOfPlainFile(path))
  }

  /// The job file as it was submitted, beside the project's file that is the same, else the one that has the
  /// experiment's name: where it lay is not recorded.
  private func jobFile(_ submission: SubmissionRecord, _ run: RunRecord) -> OriginChange? {
    guard let stored = storedFile("job.yaml", of: submission) else { return nil }
    let then = sha256Hex(stored)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: project.jobs)) ?? []
    let paths = names.sorted().map { "\(project.jobs)/\($0)" }
    if let same = paths.first(where: { hashOfPlainFile($0) == then }) {
      return OriginChange(kind: .jobFile, place: same, then: then, now: then)
    }
    let path = "\(project.jobs)/\(run.experiment).yaml"
    let now = hashOfPlainFile(path)
    return OriginChange(
      kind: .jobFile, place: now == nil ? "\(submission.directory)/job.yaml" : path,
      then: now == nil ? nil : then, now: now)
  }

  /// The kept program is named by its hash; an interpreter is not kept, and only a trainer that records
  /// its own hash says what it was.
  private func program(_ recipe: Recipe, _ run: RunRecord) -> OriginChange? {
    guard let path = recipe.command.first else { return nil }
    let now = hashOfPlainFile(path)
    guard path.hasPrefix(project.programs + "/") else {
      return OriginChange(
        kind: .program, place: recipe.command.joined(separator: " "),
        then: provenance(run, "binary_sha256"), now: now)
    }
    let folder = (path as NSString).deletingLastPathComponent as NSString
    return OriginChange(kind: .program, place: path, then: folder.lastPathComponent, now: now)
  }

  private func data(_ run: RunRecord) -> OriginChange? {
    guard let folder = run.config.parameters["data"]?.text else { return nil }
    let path = "\(absolute(folder, in: project.root))/\(DataFile.manifest)"
    return OriginChange(
      kind: .data, place: path, then: provenance(run, "data_manifest_sha256"),
      now: hashOfPlainFile(path))
  }

  private func provenance(_ run: RunRecord, _ name: String) -> String? {
    RunFacts(project: project, registry: registry).provenance(of: run)
      .first { $0.name == name }?.value
  }
}
