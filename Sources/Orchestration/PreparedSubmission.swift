import Foundation
import Registry
import RunContract
import Scheduler
import Scripts

/// One submission, rendered: what would be written and handed over, byte for byte.
public struct PreparedSubmission: Sendable {
  public let token: String
  public let script: String
  public let manifest: Manifest
  public let request: SubmissionRequest
  let recipe: Recipe
  let template: ScriptTemplate

  /// The name of the manifest in a submission directory.
  public static let manifestFile = "manifest"
  /// The name of the script in a submission directory.
  public static let scriptFile = "script.sh"

  /// Renders the submission of these runs under a token.
  /// - Parameter requeues: how many more requeues the runs may ask for.
  /// - Throws: `ScriptError` with every mistake that template, resources or values hold.
  init(
    _ recipe: Recipe, runs: [ManifestRun], token: String, template: ScriptTemplate,
    project: Project, requeues: Int? = nil
  ) throws {
    self.token = token
    self.recipe = recipe
    self.template = template
    let directory = project.submission(token)
    manifest = try Manifest(
      tasks: runs.enumerated().map { index, run in
        ManifestTask(
          index: index, run: run.name, runDirectory: run.directory, config: run.config,
          configJSON: run.configJSON)
      })
    let isArray = runs.count > 1
    let mustBeAnArgument = (recipe.dependency?.utf8.count ?? 0) > Self.longestDependency
    script = try template.render(
      ScriptInput(
        token: token, experiment: recipe.experiment, directives: recipe.directives,
        array: isArray ? ArraySpec(count: runs.count, throttle: recipe.maxParallel) : nil,
        hold: recipe.hold, dependency: mustBeAnArgument ? nil : recipe.dependency,
        signalBeforeEnd: recipe.signalBeforeEnd,
        maxRequeues: max(0, requeues ?? recipe.retry.maxRequeues),
        workingDirectory: recipe.workingDirectory, submissionDirectory: directory,
        manifestPath: "\(directory)/\(Self.manifestFile)", manifestSHA256: manifest.sha256,
        modules: recipe.modules, command: recipe.command, parameters: manifest.common))
    var request = SubmissionRequest(
      token: token, script: "\(directory)/\(Self.scriptFile)", directory: directory,
      workingDirectory: recipe.workingDirectory,
      tasks: runs.enumerated().map { TaskRequest(index: $0, runDirectory: $1.directory) },
      isArray: isArray, processors: recipe.processors)
    if mustBeAnArgument { request.dependency = recipe.dependency }
    self.request = request
  }

  /// The longest dependency that is written into a script, in bytes: Slurm reads 8191 of an argument there. A
  /// longer one is an argument of sbatch itself.
  private static let longestDependency = 8000

  /// Writes the submission directory; when this returns everything is on disk.
  /// - Throws: ``FileError``; nothing is left behind then.
  func write(jobFile: String?) throws {
    let directory = request.directory
    let parent = (directory as NSString).deletingLastPathComponent
    let isFirst = access(parent, F_OK) != 0
    try makeDirectory(directory)
    do {
      var files = [
        (path: request.script, text: script),
        (path: "\(directory)/\(Self.manifestFile)", text: manifest.text),
      ]
      if let jobFile { files.append((path: "\(directory)/job.yaml", text: jobFile)) }
      let above = isFirst ? [(parent as NSString).deletingLastPathComponent] : []
      try writeNew(files, in: [directory, parent] + above)
    } catch {
      remove()
      throw error
    }
  }

  /// Whether the script is on disk as it was rendered; with the manifest's hash in it, it is whole.
  /// - Throws: ``FileError`` where that cannot be known at the moment.
  var isWritten: Bool {
    get throws {
      do { return try readFile(request.script) == Data(script.utf8) } catch let error as FileError
        where error.code == ENOENT
      { return false }
    }
  }

  /// Takes back what ``write(jobFile:)`` made.
  func remove() { try? FileManager.default.removeItem(atPath: request.directory) }

  /// The submission as the registry keeps it.
  func record(
    project: Project, executor: any Executor, seal: Seal, runs: [PlannedRun]
  ) -> NewSubmission {
    var record = Self.record(
      recipe, token: token, template: template, project: project, executor: executor, seal: seal,
      runs: runs)
    record.hashes = hashes
    return record
  }

  /// What the files of the submission hold.
  var hashes: SubmissionHashes {
    SubmissionHashes(script: sha256Hex(script), manifest: manifest.sha256)
  }

  /// A submission as the registry keeps it, before it is rendered.
  static func record(
    _ recipe: Recipe, token: String, template: ScriptTemplate, project: Project,
    executor: any Executor, seal: Seal, runs: [PlannedRun]
  ) -> NewSubmission {
    let text = recipe.text
    return NewSubmission(
      token: token, executor: executor.name.rawValue, directory: project.submission(token),
      isArray: runs.count > 1, hashes: nil, template: (template.sha256, template.text),
      recipe: text,
      seal: seal.sign(
        Recipe.sealedText(text, token: token, templateSHA256: template.sha256)),
      maker: Maker.current, cluster: executor.cluster, runs: runs)
  }
}

/// A run as a manifest needs it.
public struct ManifestRun: Sendable {
  public var name: String
  public var directory: String
  public var config: Config
  /// The config's canonical JSON.
  var configJSON: String

  /// A run.
  public init(name: String, directory: String, config: Config) {
    self.name = name
    self.directory = directory
    self.config = config
    configJSON = config.canonicalJSON
  }

  /// A run as the registry holds it.
  /// - Throws: ``Failure`` where its config is not the one that its id names.
  init(_ run: RunRecord) throws {
    self.init(name: run.name, directory: run.directory, config: run.config)
    guard sha256Hex(configJSON) == run.configSHA256 else {
      throw Failure(
        "the config of \(run.name) is not the one that its id \(run.configShortID) names: the registry was "
          + "damaged, or changed by hand",
        hint: "submit its job file again")
    }
  }

  init(_ run: PlannedRun) {
    name = run.name
    directory = run.directory
    config = run.config
    configJSON = run.configJSON
  }
}
