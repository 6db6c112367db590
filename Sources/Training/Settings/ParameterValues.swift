import RunContract

/// The checked values of a config, defaults filled in.
struct ParameterValues {
  private let values: [String: ParameterValue]

  init(_ config: Config) { values = config.expandedForTrain.parameters }

  // The table's kinds were checked, so that none of these falls back unless the table itself is wrong;
  // a test reads every parameter with a value other than its default.
  func text(_ name: String) -> String { values[name]?.text ?? "" }
  func integer(_ name: String) -> Int { Int(exactly: number(name)) ?? 0 }
  func number(_ name: String) -> Double {
    if case .number(let value)? = values[name] { value } else { .nan }
  }
  func flag(_ name: String) -> Bool { values[name] == .bool(true) }
  /// A number, or infinity for `none`.
  func bound(_ name: String) -> Double {
    values[name] == .string(noneWord) ? .infinity : number(name)
  }
}
