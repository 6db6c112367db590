import Foundation
import Registry
import RunContract

/// One thing that is known of how a run was made or of what came of it.
public struct RunFact: Sendable, Equatable {
  /// What kind of thing it is.
  public enum Section: String, Sendable, CaseIterable {
    case parameters, resources, job, program, data, machine, outcome
  }
  public let section: Section
  /// Its name, as job files and `provenance.json` spell it.
  public let name: String
  public let value: String
}

/// Gathers what is known of a run: from the registry, from the recipe of its submission, and from what the
/// trainer itself wrote into its directory.
public struct RunFacts: Sendable {
  let project: Project
  let registry: Registry

  /// A gatherer for one project.
  public init(project: Project, registry: Registry) {
    self.project = project
    self.registry = registry
  }

  /// Everything known of a run; what is not known is left out.
  public func facts(of run: RunRecord) throws -> [RunFact] {
    var facts = run.config.parameters.sorted { $0.key < $1.key }.map {
      RunFact(section: .parameters, name: $0.key, value: $0.value.text)
    }
    if let submission = try run.submissionID.flatMap({ try registry.submissions([$0]).first }) {
      facts += try self.facts(of: submission, run)
    }
    facts += provenance(of: run)
    return facts + outcome(of: run)
  }

  /// The script that the run's current submission was handed over as; `nil` where it is not there any more.
  public func script(of run: RunRecord) -> String? {
    guard let folder = run.submissionDirectory,
      project.owns(folder, below: project.submissionsFolder)
    else { return nil }
    let text = try? readFile("\(folder)/\(PreparedSubmission.scriptFile)")
    return text.map { String(decoding: $0, as: UTF8.self) }
  }

  private func facts(of submission: SubmissionRecord, _ run: RunRecord) throws -> [RunFact] {
    var facts = [
      RunFact(section: .job, name: "executor", value: submission.executor),
      RunFact(section: .job, name: "template_sha256", value: submission.templateSHA256),
    ]
    guard let text = submission.recipe, let recipe = try? Recipe(text) else { return facts }
    let overrides = Recipe.overrides(run.overridesJSON)
    for directive in (try? recipe.overridden(by: overrides))?.directives ?? recipe.directives {
      facts.append(
        RunFact(section: .resources, name: directive.option, value: directive.value ?? "yes"))
    }
    facts.append(RunFact(section: .job, name: "template", value: recipe.template))
    facts.append(RunFact(section: .job, name: "retry", value: recipe.retry.json.canonical))
    if !recipe.modules.isEmpty {
      facts.append(
        RunFact(section: .job, name: "modules", value: recipe.modules.joined(separator: " ")))
    }
    return facts + command(recipe.command)
  }

  /// A kept program is named by its hash, which is told apart from the rest of the command.
  private func command(_ words: [String]) -> [RunFact] {
    guard let path = words.first else { return [] }
    let name = (path as NSString).lastPathComponent
    var facts: [RunFact] = []
    var shown = path
    if path.hasPrefix(project.programs + "/") {
      let folder = (path as NSString).deletingLastPathComponent as NSString
      facts.append(
        RunFact(section: .program, name: "kept_sha256", value: folder.lastPathComponent))
      shown = name
    }
    let line = ([shown] + words.dropFirst()).joined(separator: " ")
    return facts + [RunFact(section: .program, name: "command", value: line)]
  }

  private static let places: [(String, RunFact.Section)] = [
    ("version", .program), ("binary_sha256", .program), ("onednn", .program), ("data", .data),
    ("data_manifest_sha256", .data), ("instruction_set", .machine), ("threads", .machine),
    ("ranks", .machine), ("host", .machine), ("system", .machine),
  ]

  /// The name of facts that say that a run's bits are not those of one machine.
  static let inexact = "inexact"

  func provenance(of run: RunRecord) -> [RunFact] {
    guard project.owns(run.directory, below: project.runsFolder),
      let text = try? readFile("\(run.directory)/\(RunFile.provenance)"),
      let json = try? JSONValue(parsing: String(decoding: text, as: UTF8.self))
    else { return [] }
    // Where a run that went on had other conditions than before, it says from which step on and what.
    let inexact = (json["inexact"]?.array ?? []).compactMap(\.string).map {
      RunFact(section: .machine, name: Self.inexact, value: $0)
    }
    return inexact
      + Self.places.compactMap { name, section in
        guard let value = json[name].flatMap(ParameterValue.init) else { return nil }
        return RunFact(section: section, name: name, value: value.text)
      }
  }

  private func outcome(of run: RunRecord) -> [RunFact] {
    // Times are bounded where they are read.
    let seconds = run.startedAt.flatMap { start in run.endedAt.map { $0 - start } }
    let values: [(String, String?)] = [
      ("state", run.state.rawValue), ("reason", run.reason),
      ("exit_code", run.exitCode.map(String.init)), ("signal", run.signal.map(String.init)),
      ("restarts", "\(run.restarts)"), ("nodes", run.nodes),
      ("last_epoch", run.lastEpoch.map(String.init)),
      ("last_step", run.lastStep.map(String.init)), ("seconds", seconds.map { "\(Int($0))" }),
      ("damaged_lines", run.damagedLines > 0 ? "\(run.damagedLines)" : nil),
    ]
    return values.compactMap { name, value in
      value.map { RunFact(section: name == "nodes" ? .machine : .outcome, name: name, value: $0) }
    }
  }
}
