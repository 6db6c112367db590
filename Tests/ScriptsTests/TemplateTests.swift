import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

private let head = "#!/bin/bash\n{{% CONTENT_TYPE: SBATCH}}\n#SBATCH --job-name={{token}}\n"

@Suite struct TemplateTests {
  /// Loads a template of this text, lines counted from 1.
  private func problems(_ text: String) -> [String] {
    do {
      _ = try ScriptTemplate(name: "t", path: "T", text: text)
      return []
    } catch { return error.problems.map(\.description) }
  }

  @Test func theShippedTemplateIsClean() throws {
    let template = try shippedTemplate()
    #expect(template.sha256 == sha256Hex(template.text))
    #expect(throws: Never.self) { try template.render(sampleInput()) }
  }

  @Test(arguments: [
    (
      "echo {{tokne}}\n",
      "T:4:6: error: unknown name \"tokne\"; did you mean token?"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\n{{#hold}}\n  echo {{nonsense}}\n{{/hold}}\n",
      "T:6:8: error: unknown name \"nonsense\"; known here: array, command, dependency, "
        + "directives, experiment, has_modules, hold, manifest, manifest_sha256, max_requeues, "
        + "modules, output, parameters, signal, submission_directory, token, working_directory"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\n{{#parameters}}{{valu}}{{/parameters}}\n",
      "T:5:16: error: unknown name \"valu\"; did you mean value?"
    ),
    ("{{% CONTENT_TYPE: SHELL}}\necho {{last}}\n", "T:5:6: error: unknown name \"last\""),
    (
      "{{% CONTENT_TYPE: SHELL}}\necho {{{token}}}\n",
      "T:5:6: error: \"token\" would be written unescaped; use {{token}}"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\necho {{& token}}\n",
      "T:5:6: error: \"token\" would be written unescaped; use {{token}}"
    ),
    (
      "echo {{token}}\n",
      "T:4:6: error: \"token\" would be escaped as SBATCH here; "
        + "put {{% CONTENT_TYPE: SHELL}} on a line before"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\n#SBATCH --comment={{token}}\n",
      "T:5:19: error: \"token\" would be escaped as SHELL here; "
        + "put {{% CONTENT_TYPE: SBATCH}} on a line before"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\necho \"{{token}}\"\n",
      "T:5:7: error: \"token\" stands inside quotes or a here-document; a value brings its own quotes"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\necho 'a\n{{token}}'\n",
      "T:6:1: error: \"token\" stands inside quotes or a here-document; a value brings its own quotes"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\ncat <<EOF\n{{token}}\nEOF\n",
      "T:6:1: error: \"token\" stands inside quotes or a here-document; a value brings its own quotes"
    ),
    (
      "{{% CONTENT_TYPE: HTML}}\n",
      "T:4:1: error: expected CONTENT_TYPE: SBATCH or CONTENT_TYPE: SHELL"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\n{{#hold}}\n{{% CONTENT_TYPE: SBATCH}}\n{{/hold}}\n",
      "T:6:1: error: the content type cannot change inside a section"
    ),
    ("{{> other}}\n", "T:4:1: error: templates have no partials, blocks or other delimiters"),
    ("{{=<% %>=}}\n", "T:4:1: error: templates have no partials, blocks or other delimiters"),
    (
      "{{% CONTENT_TYPE: SHELL}}\n{{hold}}\n",
      "T:5:1: error: \"hold\" is no text; use {{#hold}}…{{/hold}}"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\n{{dependency}}\n",
      "T:5:1: error: \"dependency\" may be absent; use {{#dependency}}…{{/dependency}}"
    ),
    (
      "{{% CONTENT_TYPE: SHELL}}\n{{#token}}x{{/token}}\n",
      "T:5:1: error: \"token\" is always there and no section; use {{token}}"
    ),
    ("{{#hold}}\n", "T:4:1: error: the section {{#hold}} is not closed"),
    ("{{/hold}}\n", "T:4:1: error: {{/hold}} closes no section that is open here"),
    ("echo a\u{1}b\n", "T:4: error: the line holds a control character (U+0001)"),
    ("echo\r\n", "T:4: error: the line holds a carriage return (U+000D)"),
  ])
  func mistakesAreFoundWhereTheyAre(body: String, message: String) {
    let found = problems(head + body)
    #expect(found.contains { $0.hasPrefix(message) }, "\(found)")
  }

  @Test func mistakesInSectionsThatAreNotUsedAreFoundToo() {
    #expect(problems(head + "{{% CONTENT_TYPE: SHELL}}\n{{^array}}{{x}}{{/array}}\n").count == 1)
  }

  @Test func aScriptBeginsWithItsInterpreter() {
    #expect(
      problems("echo\n") == [
        "T:1:1: error: a script begins with its interpreter; as in #!/bin/bash"
      ])
  }

  @Test func shellSyntaxWithBracesPasses() {
    let body =
      "{{% CONTENT_TYPE: SHELL}}\necho ${#a[@]} ${x:-{y}} '{' \"it's\" # don't {{token}}\n{{token}}\n"
      + "((1<<2)); cat <<<x {{token}}\ncat <<'E'\nit's\nE\n{{token}}\n"
    #expect(problems(head + body) == [])
  }

  // MARK: Rendering

  private func renderProblems(_ text: String, _ input: ScriptInput) throws -> [String] {
    let template = try ScriptTemplate(name: "t", path: "T", text: text)
    do {
      _ = try template.render(input)
      return []
    } catch { return error.problems.map(\.description) }
  }

  @Test(arguments: [
    ("#SBATCH --memm=4G\n", "T:4: error: sbatch has no option --memm; did you mean --mem?"),
    (
      "#SBATCH -N 4\n",
      "T:4: error: \"-N\" on a #SBATCH line is no long option; write options as --name=value"
    ),
    (
      "#SBATCH --comment='a\n",
      "T:4: error: Slurm cannot read this #SBATCH line: a quote is not closed"
    ),
    ("#SBATCH --time=2h\n", "T:4: error: the option --time must be a time such as"),
    ("#SBATCH --contiguous=1\n", "T:4: error: the option --contiguous takes no value"),
    (
      "echo\n#SBATCH --mem=4G\n",
      "T:5: error: Slurm does not read this #SBATCH line: a command stands before it; move it up"
    ),
    (
      "#SBATCH --job-name=other\n",
      "T: error: --job-name must be \"quadratic.a1b2c3d4e5f6\", not \"other\""
    ),
  ])
  func directivesAreReadAsSlurmReadsThem(body: String, message: String) throws {
    let found = try renderProblems(head + body, sampleInput())
    #expect(found.contains { $0.hasPrefix(message) }, "\(found)")
  }

  @Test func anOptionAndItsValueMayBeTwoWords() throws {
    #expect(try renderProblems(head + "#SBATCH --mem 4G --contiguous # ok\n", sampleInput()) == [])
  }

  @Test func whatWasAskedForMustBeInTheScript() throws {
    var input = sampleInput()
    input.hold = true
    input.dependency = "afterok:12"
    input.array = ArraySpec(count: 3)
    input.directives = [try Directive("mem", "4G")]
    #expect(
      try renderProblems(head, input) == [
        "T: error: the template does not ask for --array; it is made of 0-{{last}}",
        "T: error: the template does not ask for --dependency; it is made of {{.}}",
        "T: error: the template does not ask for --hold; it is made of {{#hold}}",
        "T: error: the template does not ask for --mem; it is made of {{#directives}}",
      ])
  }

  @Test func fieldsThatAScriptCannotCarryAreNamed() throws {
    let template = try shippedTemplate()
    func message(_ change: (inout ScriptInput) -> Void) -> String? {
      var input = sampleInput()
      change(&input)
      return #expect(throws: ScriptError.self) { try template.render(input) }?.description
    }
    #expect(
      message { $0.workingDirectory = "/a\nb" }
        == "the working directory holds a line feed (U+000A); a script cannot carry it")
    #expect(
      message { $0.submissionDirectory = "/a\\b" }?.contains("the path holds a backslash") == true)
    #expect(
      message { $0.token = "a b" }
        == "the token \"a b\" is not made of letters, digits, . _ -")
    #expect(message { $0.command = [] } == "the command is empty")
    #expect(
      message { $0.command = ["train"] }
        == "the command must be an absolute path, not \"train\"")
    #expect(
      message { $0.command = ["/t", "a\0b"] }
        == "the command holds a NUL (U+0000); a script cannot carry it")
    #expect(message { $0.modules = ["-x"] }?.hasPrefix("\"-x\" is no module's name") == true)
    #expect(
      message { $0.parameters = [.init(name: "A B", value: "")] }
        == "\"A B\" is no name of an environment variable")
    #expect(message { $0.dependency = "after ok" }?.contains("is no dependency") == true)
    #expect(message { $0.array = ArraySpec(count: 0) }?.contains("an array needs a task") == true)
  }

  // MARK: Files

  @Test(arguments: ["../train", "a/b", "..", "", "a..b", ".hidden", "a\nb"])
  func namesThatLeadElsewhereAreRefused(name: String) {
    let error = #expect(throws: ScriptError.self) {
      try ScriptTemplate.load(name: name, templatesDirectory: "\(repositoryRoot)/Templates")
    }
    #expect(error?.description.contains("is no template's name") == true)
  }

  @Test func anUnknownTemplateIsRefusedWithTheNearestName() throws {
    let scratch = try Scratch()
    try scratch.write(head, to: "Templates/inside.sbatch.mustache")
    let folder = scratch("Templates")
    #expect(ScriptTemplate.availableNames(in: folder) == ["inside"])
    let missing = #expect(throws: ScriptError.self) {
      try ScriptTemplate.load(name: "insied", templatesDirectory: folder)
    }
    #expect(missing?.description.hasSuffix("did you mean inside?") == true)
    #expect(throws: ScriptError.self) {
      try ScriptTemplate.load(
        name: "inside", templatesDirectory: "\(folder)/inside.sbatch.mustache")
    }
  }
}
