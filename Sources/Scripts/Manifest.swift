import RunContract

/// One environment variable.
public struct EnvironmentVariable: Hashable, Sendable {
  /// The name, of A-Z, 0-9 and _.
  public let name: String
  /// The value, any text without control characters.
  public let value: String

  /// A variable.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// One run of a submission, as the manifest holds it.
public struct ManifestTask: Sendable {
  /// The array index, from 0; 0 for a single run.
  public let index: Int
  /// The run's name.
  public let run: String
  /// The absolute path of its directory.
  public let runDirectory: String
  /// What it trains.
  public let config: Config

  /// A task.
  public init(index: Int, run: String, runDirectory: String, config: Config) {
    self.index = index
    self.run = run
    self.runDirectory = runDirectory
    self.config = config
  }
}

/// What the script reads about the tasks of its submission: one line a task, fields separated by tabs:
/// index, run, run directory, `config.json`, then `NAME=value` for each variable that is not the same
/// in all runs. Those that are stand in the script itself, so a single run's script shows its whole
/// config.
public struct Manifest: Sendable {
  /// The variables that are the same in all runs, sorted by name.
  public let common: [EnvironmentVariable]
  /// The file's content.
  public let text: String
  /// SHA-256 of ``text``, which the script checks before it reads the file.
  public var sha256: String { sha256Hex(text) }

  /// The manifest of these tasks, whose indices must be 0, 1, 2 … in order.
  /// - Throws: ``ScriptError`` naming the run and the field where a value cannot be carried.
  public init(tasks: [ManifestTask]) throws(ScriptError) {
    guard !tasks.isEmpty else { throw ScriptError("a submission needs a run") }
    let environments = tasks.map { task in
      task.config.environment.map { EnvironmentVariable(name: $0.name, value: $0.value) }
    }
    var shared = Set(environments[0])
    for environment in environments.dropFirst() { shared.formIntersection(environment) }
    var lines = ""
    for (position, task) in tasks.enumerated() {
      guard task.index == position else {
        throw ScriptError("run \(task.run) has index \(task.index) where \(position) is due")
      }
      try check(task)
      let varying = environments[position].filter { !shared.contains($0) }
      var fields = ["\(task.index)", task.run, task.runDirectory, task.config.canonicalJSON]
      fields += varying.map { "\($0.name)=\($0.value)" }
      lines += fields.joined(separator: "\t") + "\n"
    }
    self.common = environments[0].filter(shared.contains)
    self.text = lines
  }
}

private func check(_ task: ManifestTask) throws(ScriptError) {
  try requireFilled(task.run, "the run's name")
  try requireAbsolute(task.runDirectory, "the directory of run \(task.run)")
  for (name, value) in task.config.parameters.sorted(by: { $0.key < $1.key }) {
    if let reason = reservedParameterReason(name) {
      throw ScriptError(
        "parameter \"\(printable(name))\" cannot be given to a trainer", hint: reason)
    }
    try requirePrintable(value.text, "parameter \(name) of run \(task.run)")
  }
}

/// Says that a field must hold something.
func requireFilled(_ text: String, _ field: String) throws(ScriptError) {
  guard !text.isEmpty else { throw ScriptError("\(field) is empty") }
  try requirePrintable(text, field)
}

/// Says that a field must be an absolute path.
func requireAbsolute(_ path: String, _ field: String) throws(ScriptError) {
  try requireFilled(path, field)
  guard path.hasPrefix("/") else {
    throw ScriptError("\(field) must be an absolute path, not \"\(path)\"")
  }
}
