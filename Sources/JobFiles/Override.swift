import RunContract
import Scripts

/// One `--set NAME=VALUE`.
struct Override {
  let name: String
  let value: ParameterValue

  /// Reads the flags' values, of which the last of a name counts.
  /// - Throws: ``JobFileErrors`` with every mistake.
  static func read(
    _ texts: [String], parameters: ParameterReader
  ) throws(JobFileErrors) -> [Override] {
    var problems: [Diagnostic] = []
    var overrides: [Override] = []
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        problems.append(
          Diagnostic(message: "--set \(quoted(text)) has no \"=\"", hint: "as in --set epochs=5"))
        continue
      }
      let name = String(parts[0])
      let value = ParameterValue(commandLine: String(parts[1]))
      if let complaint = parameters.nameComplaint(name) {
        problems.append(
          Diagnostic(message: "--set: \(complaint.message)", hint: complaint.hint))
      } else if let complaint = parameters.valueComplaint(name, value) {
        problems.append(Diagnostic(message: "--set: \(complaint)"))
      } else {
        overrides.removeAll { $0.name == name }
        overrides.append(Override(name: name, value: value))
      }
    }
    guard problems.isEmpty else { throw JobFileErrors(problems) }
    return overrides
  }
}
