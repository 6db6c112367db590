import Foundation

/// One fully expanded set of hyperparameters, immutable and named by its content.
public struct Config: Hashable, Sendable {
  /// The hyperparameters by their names in lower case (`corr_weight`).
  public let parameters: [String: ParameterValue]

  /// A config of these parameters.
  public init(parameters: [String: ParameterValue]) { self.parameters = parameters }

  /// The canonical JSON (RFC 8785) that names the config and that every run finds as `config.json`.
  public var canonicalJSON: String { canonicalObject(parameters) { $0.json } }

  /// SHA-256 of the canonical JSON, in 64 hexadecimal digits.
  public var id: String { sha256Hex(canonicalJSON) }

  /// The config with its JSON and its id.
  public var named: NamedConfig {
    let json = canonicalJSON
    return NamedConfig(config: self, canonicalJSON: json, id: sha256Hex(json))
  }

  /// The digits of an id that tables show and that commands accept.
  public static let shortIDLength = 10

  /// The beginning of ``id`` that tables show.
  public var shortID: String { String(id.prefix(Self.shortIDLength)) }

  /// Reads a config back from its JSON.
  /// - Throws: ``JSONSyntaxError`` where the text is no JSON object of scalars.
  public init(json text: Data) throws {
    guard let members = try JSONValue(parsing: text).object else {
      throw JSONSyntaxError(description: "expected one JSON object of parameters")
    }
    self.parameters = try members.reduce(into: [:]) { result, member in
      guard let value = ParameterValue(member.value) else {
        throw JSONSyntaxError(
          description: "parameter \"\(member.key)\" must be a number, a text, true or false")
      }
      result[member.key] = value
    }
  }

  /// The environment a trainer is given for this config, sorted by name.
  public var environment: [(name: String, value: String)] {
    parameters.map { (environmentName(ofParameter: $0.key), $0.value.text) }
      .sorted { $0.name < $1.name }
  }
}

/// A config whose JSON and id are worked out, for whoever needs both of ten thousand.
public struct NamedConfig: Sendable {
  public let config: Config
  /// ``Config/canonicalJSON``.
  public let canonicalJSON: String
  /// ``Config/id``.
  public let id: String
}
