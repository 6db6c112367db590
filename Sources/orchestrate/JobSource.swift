import ArgumentParser
import Foundation
import JobFiles
import Orchestration
import Registry
import RunContract
import Terminal

/// Where jobs come from: files, or configs of the registry with the resources of a file.
struct JobSource: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Set a parameter of the job file, as in corr_weight=0.3; may be repeated.",
      valueName: "name=value"))
  var set: [String] = []

  @Option(
    help: ArgumentHelp(
      "For configs: the job file whose resources, template and command are used.",
      valueName: "file"))
  var like: String?

  @Option(help: "For configs: the experiment that their runs belong to.")
  var experiment: String?

  /// A specification and what its reader noticed.
  struct Loaded {
    var job: JobSpecification
    var notes: [String] = []
  }

  /// Loads everything that was named, or nothing.
  func load(_ names: [String], _ workshop: Workshop) throws -> [Loaded] {
    try load(names, load(filesIn: names, workshop.project, workshop.site), workshop)
  }

  /// Loads the job files that were named, for which no registry is needed.
  func load(
    filesIn names: [String], _ project: Project, _ site: SiteDefaults
  ) throws -> [Loaded] {
    try names.filter(Self.isFile).map { try loadFile($0, project, site) }
  }

  /// Adds to the job files the configs that were named.
  func load(_ names: [String], _ files: [Loaded], _ workshop: Workshop) throws -> [Loaded] {
    var loaded = files
    let configs = try names.filter { !Self.isFile($0) }
      .map { try findConfig($0, workshop.registry) }
    if !configs.isEmpty { loaded.append(Loaded(job: try specification(configs, workshop))) }
    return loaded
  }

  /// A name is a file's where it looks like one; a config id is hexadecimal digits and nothing else.
  private static func isFile(_ name: String) -> Bool {
    name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
      || FileManager.default.fileExists(atPath: name) || !name.allSatisfy(\.isHexDigit)
  }

  private func loadFile(
    _ path: String, _ project: Project, _ site: SiteDefaults
  ) throws -> Loaded {
    if access(path, F_OK) != 0 { throw missingFile(path, project) }
    let file = try JobFile.load(path: path, overrides: set, siteDefaults: site)
    return Loaded(job: try JobSpecification(file), notes: file.notes)
  }

  private func missingFile(_ path: String, _ project: Project) -> Failure {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: project.jobs)) ?? []
    let base = (path as NSString).lastPathComponent
    return Failure(
      "no job file \(path)\(didYouMean(base, in: names))",
      hint: names.isEmpty
        ? "`orchestrate init` writes examples"
        : "job files here: " + names.sorted().map { "Jobs/\($0)" }.joined(separator: ", "),
      status: .usage)
  }

  private func findConfig(_ prefix: String, _ registry: Registry) throws -> Config {
    let found = try registry.configs(prefix: prefix)
    guard let first = found.first else {
      throw Failure(
        "no config begins with \(prefix)", hint: "`orchestrate config list` shows them",
        status: .nothing)
    }
    guard found.count == 1 else {
      throw Failure("\(found.count) configs begin with \(prefix)", hint: "give more digits")
    }
    return first.config
  }

  private func specification(_ configs: [Config], _ workshop: Workshop) throws -> JobSpecification {
    if !set.isEmpty {
      throw Failure(
        "--set changes job files; a config never changes",
        hint: "`orchestrate config add` makes another one", status: .usage)
    }
    let name = experiment ?? "configs"
    guard isExperimentName(name) else {
      throw Failure(
        "\(printable(name)) is no name of an experiment", hint: experimentNameRule, status: .usage)
    }
    let defaults = workshop.site
    var job: JobSpecification
    if let like {
      job = try JobSpecification(
        try JobFile.load(path: like, overrides: [], siteDefaults: defaults))
    } else {
      job = try JobSpecification(configs: [], experiment: name, site: defaults)
    }
    job.experiment = name
    job.jobFile = nil
    job.configs = configs
    return job
  }
}
