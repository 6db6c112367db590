import JobFiles
import Registry
import RunContract
import Scripts

/// All that is needed to render a submission again under another token: what the job file, the site and
/// the command line came to, with nothing left to look up but the template's text and the runs.
public struct Recipe: Sendable {
  public var experiment: String
  /// The template's name.
  public var template: String
  /// What is asked of sbatch.
  public var directives: [Directive]
  public var maxParallel: Int?
  public var hold: Bool
  /// Slurm's dependency.
  public var dependency: String?
  public var modules: [String]
  /// The kept program's absolute path, then its arguments.
  public var command: [String]
  /// The folder that the jobs start in: the project's.
  public var workingDirectory: String
  /// The processors of one run, by which places on this machine are counted.
  public var processors: Int
  /// Seconds before the time limit at which Slurm is to send USR1.
  public var signalBeforeEnd: Int?
  public var retry: RetryPolicy

  /// What a specification and the options of one call come to.
  init(
    _ job: JobSpecification, _ options: SubmitOptions, program: Program, project: Project
  ) {
    experiment = job.experiment
    template = job.template
    directives = job.directives
    maxParallel = job.maxParallel
    hold = options.hold
    dependency = options.dependency
    modules = job.modules
    command = program.command
    workingDirectory = project.root
    processors = job.processors
    signalBeforeEnd = job.signalBeforeEnd
    retry = job.retry
  }

  /// JSON for the registry.
  var text: String {
    JSONValue.object([
      "experiment": .string(experiment), "template": .string(template),
      "directives": .array(
        directives.map { .array([.string($0.option), JSONValue($0.value)]) }),
      "max_parallel": JSONValue(maxParallel), "hold": .bool(hold),
      "dependency": JSONValue(dependency), "modules": .array(modules.map { .string($0) }),
      "command": .array(command.map { .string($0) }),
      "working_directory": .string(workingDirectory), "processors": JSONValue(processors),
      "signal_before_end": JSONValue(signalBeforeEnd), "retry": retry.json,
    ]).canonical
  }

  /// Reads ``text``.
  /// - Throws: ``Failure`` where it is none.
  init(_ text: String) throws {
    guard let json = try? JSONValue(parsing: text),
      let experiment = json["experiment"]?.string, let template = json["template"]?.string,
      let directives = json["directives"]?.array, let command = json["command"]?.array,
      let folder = json["working_directory"]?.string
    else { throw Failure("a submission's recipe in the registry cannot be read") }
    self.experiment = experiment
    self.template = template
    self.directives = try directives.compactMap {
      guard let option = $0.array?.first?.string else { return nil }
      return try Directive(option, $0.array?.last?.string)
    }
    maxParallel = json["max_parallel"]?.integer
    hold = json["hold"] == .bool(true)
    dependency = json["dependency"]?.string
    modules = json["modules"]?.array?.compactMap(\.string) ?? []
    self.command = command.compactMap(\.string)
    workingDirectory = folder
    processors = json["processors"]?.integer ?? 1
    signalBeforeEnd = json["signal_before_end"]?.integer
    retry = json["retry"].flatMap(RetryPolicy.init(json:)) ?? RetryPolicy()
  }

  /// The recipe with other values for some of sbatch's options.
  /// - Parameter overrides: the values by option; an option that is not there yet is added.
  func overridden(by overrides: [String: String]) throws -> Recipe {
    var result = self
    for (option, value) in overrides.sorted(by: { $0.key < $1.key }) {
      let directive = try Directive(option, value)
      if let index = result.directives.firstIndex(where: { $0.option == option }) {
        result.directives[index] = directive
      } else {
        result.directives.append(directive)
      }
    }
    return result
  }

  /// The recipe with what the registry has of a run's next submission in its place. Nobody sealed that, so
  /// nothing passes but what a retry policy sets, and what the recipe asks for anyway.
  /// - Parameter text: the run's overrides, a JSON object.
  /// - Throws: ``Failure`` where it asks for something else.
  func adjusted(by text: String?) throws -> Recipe {
    let overrides = Self.overrides(text)
    for (option, value) in overrides.sorted(by: { $0.key < $1.key }) where option != "mem" {
      let asked = directives.last { $0.option == option }
      guard let asked, try asked.value == Directive(option, value).value else {
        throw Failure(
          "the registry asks for --\(option) in place of what you submitted, and you did not",
          hint: "`orchestrate submit JOB-FILE --again` makes a new run")
      }
    }
    return try overridden(by: overrides)
  }

  /// Overrides as the registry keeps them, by option.
  static func overrides(_ text: String?) -> [String: String] {
    text.flatMap { try? JSONValue(parsing: $0).object }?.compactMapValues(\.string) ?? [:]
  }

  /// What sbatch is asked for under an option.
  func value(of option: String) -> String? {
    directives.last { $0.option == option }?.value
  }

  /// What is sealed: nothing of a submission can be exchanged without breaking it.
  func sealedText(token: String, templateSHA256: String) -> String {
    Self.sealedText(text, token: token, templateSHA256: templateSHA256)
  }

  /// What is sealed of a recipe with this ``text``.
  static func sealedText(_ text: String, token: String, templateSHA256: String) -> String {
    "orchestrate recipe 1\n\(token)\n\(templateSHA256)\n\(text)"
  }
}

extension Recipe {
  /// The template that a submission was rendered from, as the registry keeps it.
  /// - Throws: ``Failure`` where it is not there as it was.
  func template(sha256: String, in registry: Registry) throws -> ScriptTemplate {
    guard let text = try registry.template(sha256: sha256) else {
      throw Failure(
        "the registry does not hold the template of this submission as it was",
        hint: "submit its job file again")
    }
    return try ScriptTemplate(
      name: template, path: "Templates/\(template)\(ScriptTemplate.suffix)", text: text)
  }
}
