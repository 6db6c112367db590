import RunContract
import Scripts
import Yams

/// A job file, read, checked and expanded.
public struct JobFile: Sendable {
  /// The file as the user named it.
  public let path: String
  /// Its content.
  public let text: String
  /// SHA-256 of ``text``.
  public var sha256: String { sha256Hex(text) }
  /// The experiment's name.
  public let experiment: String
  /// The template's name.
  public let template: String
  /// What the jobs ask of the cluster, the site's defaults included.
  public let resources: Resources
  /// What is done about a run that ended before its work was done.
  public let retry: RetryPolicy
  /// The environment modules to load, in order.
  public let modules: [String]
  /// The trainer's command as written, not yet resolved.
  public let command: [String]
  /// The configs: blocks of the sweep in order, within a block the last axis changing fastest, seeds
  /// fastest of all; each config once.
  public let configs: [Config]
  /// What is right but worth saying to the user.
  public let notes: [String]

  /// Reads a job file.
  /// - Parameters:
  ///   - path: the file, also the name in messages.
  ///   - text: its content where the caller has read it already.
  ///   - overrides: `NAME=VALUE` each, as given to `--set`; they replace parameters and swept values.
  ///   - siteDefaults: what the site asks for where the file is silent.
  /// - Throws: ``JobFileErrors`` with every mistake and its place.
  public static func load(
    path: String, text: String? = nil, overrides: [String] = [],
    siteDefaults: SiteDefaults = SiteDefaults()
  ) throws(JobFileErrors) -> JobFile {
    let content: String
    if let text { content = text } else { content = try userText(path) }
    return try JobFileReader(path: path, text: content).read(
      overrides: overrides, siteDefaults: siteDefaults)
  }

  /// Whether a file seems to ask for several runs, by a glance at its lines: for whoever can prepare for them
  /// while it is read in earnest.
  public static func looksLikeSeveralRuns(_ path: String) -> Bool {
    guard let text = try? readText(path) else { return false }
    return text.utf8.split(separator: UInt8(ascii: "\n")).contains { line in
      // One seed is written `seeds: [1]`.
      line.starts(with: "sweep:".utf8)
        || line.starts(with: "seeds:".utf8) && (line.count == 6 || line.contains(UInt8(ascii: ",")))
    }
  }

  /// The command that a job file without `command` runs.
  public static let standardCommand = ["train", "run"]
  /// The template that a job file without `template` uses.
  public static let standardTemplate = "train"

  /// Whether a command's parameters are those of `train`.
  public static func isTrain(_ command: [String]) -> Bool { command.first == "train" }
}

/// Whether a text can name an experiment. What reads as a job's number cannot: on the command line it
/// would always mean that job; and no part of a path may read as the folder above.
public func isExperimentName(_ name: String) -> Bool {
  isName(name, signs: "._-", limit: 64) && !name.contains("..")
    && !name.allSatisfy { $0.isNumber || $0 == "_" }
}

/// What ``isExperimentName(_:)`` asks for, in words for the user.
public let experimentNameRule =
  "use up to 64 letters, digits, . _ -, beginning with a letter or digit, no two dots together, and more "
  + "than a number"

/// Reads a plain YAML or JSON mapping of parameters, as `config import` takes it.
/// - Parameters:
///   - path: the file, also the name in messages.
///   - text: its content where the caller has read it already.
///   - isTrain: whether the parameters must be those of `train`.
/// - Throws: ``JobFileErrors`` with every mistake and its place.
public func parseParameters(
  path: String, text: String? = nil, isTrain: Bool = true
) throws(JobFileErrors) -> [String: ParameterValue] {
  let content: String
  if let text { content = text } else { content = try userText(path) }
  var reader = NodeReader(file: path)
  let mapping = try YAMLText.mapping(content, file: path)
  let parameters = ParameterReader(isTrain: isTrain).parameters(mapping, &reader)
  try reader.finish()
  return parameters
}
