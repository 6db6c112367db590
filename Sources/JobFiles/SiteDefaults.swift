import Foundation
import RunContract
import Scripts
import Yams

/// What a site or a project asks of every job: the content of `.orchestrate/config.yaml`.
public struct SiteDefaults: Hashable, Sendable {
  /// The account to charge where a job file names none.
  public var account: String?
  /// The partition where a job file names none.
  public var partition: String?
  /// The quality of service where a job file names none.
  public var qos: String?
  /// The modules to load where a job file has no `modules`.
  public var modules: [String]
  /// Mail and any other options of sbatch.
  public var directives: [Directive]
  /// Seconds after which a submission whose answer was lost, and that left no trace, is submitted anew.
  public var resubmitAfter: Double?
  /// Seconds after which an accepted run that left no trace is given up.
  public var lostAfter: Double?

  /// Defaults that ask for nothing.
  public init() {
    modules = []
    directives = []
  }

  /// Reads a site file; one that is not there asks for nothing.
  /// - Throws: ``JobFileErrors`` with every mistake.
  public static func load(path: String) throws(JobFileErrors) -> SiteDefaults {
    guard FileManager.default.fileExists(atPath: path) else { return SiteDefaults() }
    return try load(path: path, text: try userText(path))
  }

  /// Reads a site file's text.
  /// - Parameter path: the name for messages.
  /// - Throws: ``JobFileErrors`` with every mistake.
  public static func load(path: String, text: String) throws(JobFileErrors) -> SiteDefaults {
    var site = SiteDefaults()
    if text.split(separator: "\n").allSatisfy({ $0.first == "#" }) { return site }
    var reader = NodeReader(file: path)
    let mapping = try YAMLText.mapping(text, file: path)
    let known = [
      "account", "partition", "qos", "modules", "mail_user", "mail_type", "sbatch",
      "resubmit_after", "lost_after",
    ]
    let ownKeys = ["account", "partition", "qos", "mail_user", "mail_type"].map {
      (option: $0.replacingOccurrences(of: "_", with: "-"), key: $0)
    }
    for member in reader.members(mapping, known: known) where !reader.isNull(member.value) {
      switch member.key {
      case "modules": site.modules = readModules(member.value, &reader)
      case "resubmit_after": site.resubmitAfter = seconds(member, &reader)
      case "lost_after": site.lostAfter = seconds(member, &reader)
      case "sbatch":
        site.directives += ResourcesReader.directives(member.value, ownKeys: ownKeys, &reader)
      default:
        let option = member.key.replacingOccurrences(of: "_", with: "-")
        guard let text = reader.text(member.value, member.key) else { continue }
        if let complaint = SbatchOption.named(option)?.complaint(about: text) {
          reader.report(member.value, "\(member.key) \(complaint)")
          continue
        }
        switch member.key {
        case "account": site.account = text
        case "partition": site.partition = text
        case "qos": site.qos = text
        default:
          if let directive = try? Directive(option, text) { site.directives.append(directive) }
        }
      }
    }
    try reader.finish()
    return site
  }
}

/// A time to wait, in whole seconds.
private func seconds(_ member: NodeReader.Member, _ reader: inout NodeReader) -> Double? {
  guard let text = reader.text(member.value, member.key) else { return nil }
  if let seconds = Int(text), (1...86_400).contains(seconds) { return Double(seconds) }
  reader.report(
    member.value, "\(member.key) must be whole seconds from 1 to 86400, not \(quoted(text))")
  return nil
}

/// Reads a list of modules' names.
func readModules(_ node: Node, _ reader: inout NodeReader) -> [String] {
  let names = reader.texts(node, "modules", hint: "as in modules: [openmpi]") ?? []
  for name in names {
    do { try requireModule(name) } catch {
      reader.report(node, error.problems[0].message, hint: error.problems[0].hint)
    }
  }
  return names
}

/// Reads a file that a user wrote.
func userText(_ path: String) throws(JobFileErrors) -> String {
  do { return try readText(path) } catch {
    throw JobFileErrors([Diagnostic(message: error.description)])
  }
}
