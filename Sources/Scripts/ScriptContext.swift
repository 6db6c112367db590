import Mustache

/// What a name in a template stands for.
indirect enum TemplateName {
  /// A text, written with `{{name}}`.
  case text
  /// Yes or no, asked with `{{#name}}…{{/name}}`.
  case flag
  /// A text or nothing: within `{{#name}}…{{/name}}` it is `{{.}}`.
  case optionalText
  /// Texts: `{{#name}}…{{/name}}` repeats, each is `{{.}}`.
  case texts
  /// Something or nothing, with names of its own within `{{#name}}…{{/name}}`.
  case optional([String: TemplateName])
  /// Things with names of their own: `{{#name}}…{{/name}}` repeats.
  case list([String: TemplateName])
}

/// The names that a template can use, and what they stand for in one script.
enum ScriptContext {
  /// Every name there is.
  static let names: [String: TemplateName] = [
    "token": .text,
    "experiment": .text,
    "directives": .list(["option": .text, "value": .optionalText]),
    "array": .optional(["count": .text, "last": .text, "throttle": .optionalText]),
    "hold": .flag,
    "dependency": .optionalText,
    "signal": .optionalText,
    "max_requeues": .text,
    "working_directory": .text,
    "submission_directory": .text,
    "output": .text,
    "manifest": .text,
    "manifest_sha256": .text,
    "has_modules": .flag,
    "modules": .texts,
    "command": .texts,
    "parameters": .list(["name": .text, "value": .text]),
  ]

  /// The values of one script; a name that stands for nothing is left out.
  static func values(_ input: ScriptInput) throws(ScriptError) -> [String: Any] {
    var values: [String: Any] = [
      "token": input.token,
      "experiment": input.experiment,
      "hold": input.hold,
      "max_requeues": "\(input.maxRequeues)",
      "working_directory": input.workingDirectory,
      "submission_directory": input.submissionDirectory,
      "output": try input.outputPattern(),
      "manifest": input.manifestPath,
      "manifest_sha256": input.manifestSHA256,
      "has_modules": !input.modules.isEmpty,
      "modules": input.modules,
      "command": input.command,
    ]
    values["dependency"] = input.dependency
    values["signal"] = input.signalBeforeEnd.map { "\($0)" }
    values["directives"] = input.directives.map { directive in
      var members = ["option": directive.option]
      members["value"] = directive.value
      return members
    }
    values["parameters"] = input.parameters.map { ["name": $0.name, "value": $0.value] }
    if let array = input.array {
      var members = ["count": "\(array.count)", "last": "\(array.count - 1)"]
      members["throttle"] = array.throttle.map { "\($0)" }
      values["array"] = members
    }
    return values
  }
}

/// The escaping of one part of a script, as the template names it with `{{% CONTENT_TYPE: …}}`.
enum ScriptPart: String, CaseIterable, MustacheContentType {
  /// `#SBATCH` lines.
  case sbatch = "SBATCH"
  /// Everything else.
  case shell = "SHELL"

  func escapeText(_ text: String) -> String {
    switch self {
    case .sbatch: sbatchQuoted(text)
    case .shell: shellQuoted(text)
    }
  }

  /// Makes the parts known to the template engine, once.
  static let registered: Void = {
    for part in allCases { MustacheContentTypes.register(part, named: part.rawValue) }
  }()
}
