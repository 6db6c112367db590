import Foundation
import RunContract
import Scheduler
import Scripts

/// One submission, rendered: what would be written and handed over, byte for byte.
public struct PreparedSubmission: Sendable {
  public let token: String
  public let script: String
  public let manifest: Manifest
  public let request: SubmissionRequest
  let templateSHA256: String

  /// The name of the manifest in a submission directory.
  public static let manifestFile = "manifest"
  /// The name of the script in a submission directory.
  public static let scriptFile = "script.sh"

  /// Renders the submission of these runs under a token.
  /// - Throws: `ScriptError` with every mistake that template, resources or values hold.
  public init(
    _ job: JobSpecification, runs: [ManifestRun], token: String, program: Program,
    template: ScriptTemplate, project: Project, options: SubmitOptions
  ) throws {
    self.token = token
    let directory = project.submission(token)
    manifest = try Manifest(
      tasks: runs.enumerated().map { index, run in
        ManifestTask(
          index: index, run: run.name, runDirectory: run.directory, config: run.config)
      })
    let isArray = runs.count > 1
    script = try template.render(
      ScriptInput(
        token: token, experiment: job.experiment, directives: job.directives,
        array: isArray ? ArraySpec(count: runs.count, throttle: job.maxParallel) : nil,
        hold: options.hold, dependency: options.dependency, workingDirectory: project.root,
        submissionDirectory: directory, manifestPath: "\(directory)/\(Self.manifestFile)",
        manifestSHA256: manifest.sha256, modules: job.modules, command: program.command,
        parameters: manifest.common))
    templateSHA256 = template.sha256
    request = SubmissionRequest(
      token: token, script: "\(directory)/\(Self.scriptFile)", directory: directory,
      workingDirectory: project.root,
      tasks: runs.enumerated().map { TaskRequest(index: $0, runDirectory: $1.directory) },
      isArray: isArray)
  }

  /// Writes the submission directory; when this returns everything is on disk.
  func write(jobFile: String?) throws {
    let directory = request.directory
    try makeDirectory(directory)
    try writeDurably(script, to: request.script)
    try writeDurably(manifest.text, to: "\(directory)/\(Self.manifestFile)")
    if let jobFile { try writeDurably(jobFile, to: "\(directory)/job.yaml") }
    let parent = (directory as NSString).deletingLastPathComponent
    try syncDirectory(parent)
    try syncDirectory((parent as NSString).deletingLastPathComponent)
  }
}

/// A run as a manifest needs it.
public struct ManifestRun: Sendable {
  public var name: String
  public var directory: String
  public var config: Config

  /// A run.
  public init(name: String, directory: String, config: Config) {
    self.name = name
    self.directory = directory
    self.config = config
  }
}
