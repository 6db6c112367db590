import RunContract

/// Reads a rendered script's directives as Slurm will, and compares them with what was asked for.
struct ScriptCheck {
  private let file: String
  /// The options as Slurm understands the script: the last one of a name counts.
  private var options: [String: String?] = [:]
  private(set) var problems: [Diagnostic] = []

  /// Checks one script.
  init(_ script: MarkedScript, input: ScriptInput, file: String) {
    self.file = file
    for line in script.directives { read(line) }
    if problems.isEmpty { compare(with: input) }
  }

  private mutating func report(_ message: String, hint: String? = nil, line: Int? = nil) {
    problems.append(Diagnostic(file: file, line: line, message: message, hint: hint))
  }

  private mutating func read(_ line: MarkedScript.DirectiveLine) {
    if line.isAfterCommand {
      report(
        "Slurm does not read this #SBATCH line: a command stands before it",
        hint: "move it up", line: line.templateLine)
      return
    }
    let arguments: [String]
    do { arguments = try sbatchArguments(line.text) } catch {
      report("Slurm cannot read this #SBATCH line: \(error.reason)", line: line.templateLine)
      return
    }
    var rest = arguments[...]
    while let argument = rest.popFirst() { take(argument, following: &rest, line.templateLine) }
  }

  private mutating func take(
    _ argument: String, following rest: inout ArraySlice<String>, _ line: Int?
  ) {
    guard argument.hasPrefix("--") else {
      report(
        "\"\(printable(argument))\" on a #SBATCH line is no long option",
        hint: "write options as --name=value", line: line)
      return
    }
    let parts = argument.dropFirst(2).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = SbatchOption.named(name) else {
      report(
        "sbatch has no option --\(printable(name))",
        hint: nearestName(to: name, in: sbatchOptions.map(\.name)).map { "did you mean --\($0)?" },
        line: line)
      return
    }
    var value = parts.count > 1 ? String(parts[1]) : nil
    if value == nil, option.value != .flag, option.value != .optionalText {
      value = rest.popFirst()
    }
    if let complaint = option.complaint(about: value) {
      report("the option --\(name) \(complaint)", line: line)
    }
    options[name] = .some(value)
  }

  /// A template that drops what was asked for would submit another job than the registry believes.
  private mutating func compare(with input: ScriptInput) {
    require("job-name", input.token, "{{token}}")
    if let array = input.array {
      let throttle = array.throttle.map { "%\($0)" } ?? ""
      require("array", "0-\(array.count - 1)\(throttle)", "0-{{last}}")
    }
    if let dependency = input.dependency { require("dependency", dependency, "{{.}}") }
    if let seconds = input.signalBeforeEnd {
      require("signal", "B:USR1@\(seconds)", "B:USR1@{{.}} within {{#signal}}")
    }
    if input.hold, options["hold"] == nil { reportMissing("hold", "{{#hold}}") }
    for directive in input.directives
    where !input.directives.contains(where: {
      $0.option == directive.option && $0 != directive
    }) {
      guard let given = options[directive.option] else {
        reportMissing(directive.option, "{{#directives}}")
        continue
      }
      if given != directive.value {
        report("the template overrides the option \(directive.option) that the job file sets")
      }
    }
  }

  private mutating func require(_ option: String, _ value: String, _ source: String) {
    switch options[option] {
    case .none: reportMissing(option, source)
    case .some(let given) where given != value:
      report("--\(option) must be \"\(value)\", not \"\(printable(given ?? ""))\"")
    case .some: break
    }
  }

  private mutating func reportMissing(_ option: String, _ source: String) {
    report("the template does not ask for --\(option)", hint: "it is made of \(source)")
  }
}
