import Foundation
import Mustache
import RunContract

/// A template of job scripts, read and checked.
public struct ScriptTemplate: Sendable {
  /// The name that job files use, as in `train`.
  public let name: String
  /// The file it was read from.
  public let path: String
  /// The file's content.
  public let text: String
  /// SHA-256 of ``text``.
  public let sha256: String

  private let engine: MustacheTemplate
  /// The lines without tags, by the names under which the engine finds them.
  private let plainLines: [String: String]

  /// What a template's file name ends with.
  public static let suffix = ".sbatch.mustache"

  /// Reads `<templatesDirectory>/<name>.sbatch.mustache`.
  /// - Throws: ``ScriptError`` with every mistake in the template, each with its line and column; where the
  ///   name leads out of the folder; and where somebody else could have changed what the jobs will run:
  ///   the file is a symbolic link, another user's, or one that others may write to.
  public static func load(
    name: String, templatesDirectory: String
  ) throws(ScriptError) -> ScriptTemplate {
    guard isTemplateName(name) else {
      throw ScriptError(
        "\"\(printable(name))\" is no template's name", hint: "a template lies in Templates itself")
    }
    let path = (templatesDirectory as NSString).appendingPathComponent(name + suffix)
    guard let text = try TrustedFile.read(path) else {
      let known = availableNames(in: templatesDirectory)
      throw ScriptError(
        "there is no template \(path)",
        hint: nearestName(to: name, in: known).map { "did you mean \($0)?" })
    }
    return try ScriptTemplate(name: name, path: path, text: text)
  }

  /// The names of the templates in a folder, sorted.
  public static func availableNames(in templatesDirectory: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: templatesDirectory)) ?? []
    return files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
  }

  /// A template of this text, checked.
  public init(name: String, path: String, text: String) throws(ScriptError) {
    _ = ScriptPart.registered
    let check = TemplateCheck(text, file: path)
    guard check.problems.isEmpty else { throw ScriptError(check.problems) }
    let marked = markingDirectives(in: text)
    let plain = PlainLines(marked)
    do {
      do { engine = try MustacheTemplate(string: plain.template) } catch {
        // The same once more, for the mistake's own line and column.
        _ = try MustacheTemplate(string: marked)
        throw error
      }
    } catch let error as MustacheTemplate.ParserError {
      throw ScriptError([
        Diagnostic(
          file: path, line: error.context.lineNumber, column: error.context.columnNumber,
          message: "mustache: \(error.error)")
      ])
    } catch {
      throw ScriptError([Diagnostic(file: path, message: "mustache: \(error)")])
    }
    self.name = name
    self.path = path
    self.text = text
    sha256 = sha256Hex(text)
    plainLines = plain.texts
  }

  /// The script for one submission.
  /// - Throws: ``ScriptError`` where a value cannot be carried by a script, or where a `#SBATCH` line
  ///   is not what Slurm reads or what was asked for, with the template's line.
  public func render(_ input: ScriptInput) throws(ScriptError) -> String {
    try input.validate()
    let marked = engine.render(
      try ScriptContext.values(input).merging(plainLines) { value, _ in value })
    let script = MarkedScript(marked)
    let problems = ScriptCheck(script, input: input, file: path).problems
    guard problems.isEmpty else { throw ScriptError(problems) }
    return script.text
  }
}

/// Whether a text can name a template: no path and no way out of the folder.
public func isTemplateName(_ name: String) -> Bool {
  isName(name, signs: "._-", firstSigns: "_", limit: 64) && !name.contains("..")
}
