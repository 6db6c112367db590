import RunContract

/// Checks that a template uses only names there are, and each where its escaping fits.
///
/// The check is made on the whole text, so a wrong name is found even in a section that this script
/// does not use.
struct TemplateCheck {
  private let file: String
  private var scopes = [Scope(names: ScriptContext.names, isCurrentObject: true)]
  private var sections: [TemplateTag] = []
  private var part: ScriptPart?
  private(set) var problems: [Diagnostic] = []

  /// The names that one open section adds.
  private struct Scope {
    var names: [String: TemplateName]
    /// Whether `{{.}}` means this section's object; a yes-or-no section leaves it as it was.
    var isCurrentObject: Bool
  }

  /// Checks the template's text.
  init(_ text: String, file: String) {
    self.file = file
    checkText(text)
    for tag in TemplateScanner(text).tags { check(tag) }
    for section in sections {
      report(section, "the section {{#\(section.name)}} is not closed")
    }
  }

  private mutating func checkText(_ text: String) {
    if !text.hasPrefix("#!") {
      problems.append(
        Diagnostic(
          file: file, line: 1, column: 1, message: "a script begins with its interpreter",
          hint: "as in #!/bin/bash"))
    }
    // Most templates are plain ASCII, of which a byte says all.
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == lineFeed || $0 == 0x09 }) {
      return
    }
    var line = 1
    for scalar in text.unicodeScalars where scalar != "\t" {
      if scalar == "\n" {
        line += 1
      } else if let character = forbiddenCharacter(in: scalar) {
        problems.append(
          Diagnostic(file: file, line: line, message: "the line holds \(character)"))
      }
    }
  }

  private mutating func report(_ tag: TemplateTag, _ message: String, hint: String? = nil) {
    problems.append(
      Diagnostic(file: file, line: tag.line, column: tag.column, message: message, hint: hint))
  }

  private mutating func check(_ tag: TemplateTag) {
    switch tag.sign {
    case nil: checkVariable(tag)
    case "#", "^": openSection(tag)
    case "/": closeSection(tag)
    case "!": break
    case "%": checkContentType(tag)
    case "{", "&":
      report(tag, "\"\(tag.name)\" would be written unescaped", hint: "use {{\(tag.name)}}")
    default: report(tag, "templates have no partials, blocks or other delimiters")
    }
  }

  private mutating func checkContentType(_ tag: TemplateTag) {
    let words = tag.name.split(separator: ":", maxSplits: 1).map { $0.filter { $0 != " " } }
    guard words.count == 2, words[0] == "CONTENT_TYPE", let named = ScriptPart(rawValue: words[1])
    else {
      report(tag, "expected CONTENT_TYPE: SBATCH or CONTENT_TYPE: SHELL")
      return
    }
    guard sections.isEmpty else {
      report(tag, "the content type cannot change inside a section")
      return
    }
    part = named
  }

  private mutating func checkVariable(_ tag: TemplateTag) {
    switch find(tag) {
    case nil: reportUnknown(tag)
    case .text: checkPlace(tag)
    case .optionalText, .texts:
      report(tag, "\"\(tag.name)\" may be absent", hint: sectionHint(tag.name))
    case .flag, .optional, .list:
      report(tag, "\"\(tag.name)\" is no text", hint: sectionHint(tag.name))
    }
  }

  private func sectionHint(_ name: String) -> String { "use {{#\(name)}}…{{/\(name)}}" }

  private mutating func checkPlace(_ tag: TemplateTag) {
    let wanted: ScriptPart = tag.isOnSbatchLine ? .sbatch : .shell
    if part != wanted {
      let current = part.map { "as \($0.rawValue)" } ?? "as HTML"
      report(
        tag, "\"\(tag.name)\" would be escaped \(current) here",
        hint: "put {{% CONTENT_TYPE: \(wanted.rawValue)}} on a line before")
    }
    if tag.isInsideQuotes, !tag.isOnSbatchLine {
      report(
        tag, "\"\(tag.name)\" stands inside quotes or a here-document",
        hint: "a value brings its own quotes")
    }
  }

  private mutating func openSection(_ tag: TemplateTag) {
    sections.append(tag)
    var members: [String: TemplateName] = [:]
    let found = find(tag)
    switch found {
    case nil: reportUnknown(tag)
    case .text:
      report(tag, "\"\(tag.name)\" is always there and no section", hint: "use {{\(tag.name)}}")
    case .flag: break
    case .optionalText, .texts: members = [".": .text]
    case .optional(let names), .list(let names): members = names
    }
    if tag.sign == "^" { members = [:] }
    if case .flag = found {
      scopes.append(Scope(names: [:], isCurrentObject: false))
    } else {
      scopes.append(Scope(names: members, isCurrentObject: true))
    }
  }

  private mutating func closeSection(_ tag: TemplateTag) {
    guard let open = sections.last, open.name == tag.name else {
      report(tag, "{{/\(tag.name)}} closes no section that is open here")
      return
    }
    sections.removeLast()
    scopes.removeLast()
  }

  private func find(_ tag: TemplateTag) -> TemplateName? {
    if tag.name == "." { return scopes.last { $0.isCurrentObject }?.names["."] }
    return scopes.reversed().lazy.compactMap { $0.names[tag.name] }.first
  }

  private mutating func reportUnknown(_ tag: TemplateTag) {
    let known = scopes.flatMap(\.names.keys)
    report(
      tag, "unknown name \"\(tag.name)\"",
      hint: nearestName(to: tag.name, in: known).map { "did you mean \($0)?" }
        ?? "known here: " + Set(known).sorted().joined(separator: ", "))
  }
}
