import RunContract

/// The array that a script asks for.
public struct ArraySpec: Hashable, Sendable {
  /// The number of tasks; their indices are 0 to `count - 1`.
  public let count: Int
  /// How many of them may run at once; `nil` for as many as fit.
  public let throttle: Int?

  /// An array of this many tasks.
  public init(count: Int, throttle: Int? = nil) {
    self.count = count
    self.throttle = throttle
  }
}

/// All that a template can name. The names in a template are those of ``ScriptContext``.
public struct ScriptInput: Sendable {
  /// The submission's token: the job's name.
  public var token: String
  /// The experiment's name.
  public var experiment: String
  /// What the user asked of sbatch.
  public var directives: [Directive]
  /// The array; `nil` for a single run.
  public var array: ArraySpec?
  /// Whether the job waits for `scontrol release`.
  public var hold: Bool
  /// Slurm's dependency, as in `afterok:123`; `nil` for none.
  public var dependency: String?
  /// How many seconds before the time limit Slurm sends USR1 to the script; `nil` for no signal.
  public var signalBeforeEnd: Int?
  /// How often the job may ask Slurm to be requeued where the trainer wants to be run again.
  public var maxRequeues: Int
  /// The absolute path of the folder that the trainer starts in.
  public var workingDirectory: String
  /// The absolute path of `submissions/<token>`.
  public var submissionDirectory: String
  /// The absolute path of the manifest.
  public var manifestPath: String
  /// SHA-256 of the manifest.
  public var manifestSHA256: String
  /// The environment modules to load, in order.
  public var modules: [String]
  /// The trainer's command: an absolute path, then its arguments.
  public var command: [String]
  /// The variables common to all runs; see ``Manifest/common``.
  public var parameters: [EnvironmentVariable]

  /// The input of one script.
  public init(
    token: String, experiment: String, directives: [Directive] = [], array: ArraySpec? = nil,
    hold: Bool = false, dependency: String? = nil, signalBeforeEnd: Int? = nil,
    maxRequeues: Int = 0, workingDirectory: String,
    submissionDirectory: String, manifestPath: String, manifestSHA256: String,
    modules: [String] = [], command: [String], parameters: [EnvironmentVariable]
  ) {
    self.token = token
    self.experiment = experiment
    self.directives = directives
    self.array = array
    self.hold = hold
    self.dependency = dependency
    self.signalBeforeEnd = signalBeforeEnd
    self.maxRequeues = maxRequeues
    self.workingDirectory = workingDirectory
    self.submissionDirectory = submissionDirectory
    self.manifestPath = manifestPath
    self.manifestSHA256 = manifestSHA256
    self.modules = modules
    self.command = command
    self.parameters = parameters
  }

  /// What `--output` names: the log of the script itself, one for each task.
  /// - Throws: ``ScriptError`` where Slurm could not write to that path.
  public func outputPattern() throws(ScriptError) -> String {
    let folder = try outputPatternEscaped(submissionDirectory)
    return folder + (array == nil ? "/slurm.log" : "/slurm-%a.log")
  }

  /// Checks every field for what a script can carry.
  func validate() throws(ScriptError) {
    guard isName(token, signs: "._-", limit: 128) else {
      throw ScriptError("the token \"\(printable(token))\" is not made of letters, digits, . _ -")
    }
    try requireFilled(experiment, "the experiment's name")
    try requireAbsolute(workingDirectory, "the working directory")
    try requireAbsolute(submissionDirectory, "the submission directory")
    try requireAbsolute(manifestPath, "the manifest's path")
    guard manifestSHA256.utf8.count == 64, manifestSHA256.allSatisfy(\.isHexDigit) else {
      throw ScriptError("the manifest's SHA-256 is not 64 hexadecimal digits")
    }
    try validateArrayAndDependency()
    for module in modules { try requireModule(module) }
    try requireAbsolute(command.first ?? "", "the command")
    for word in command { try requirePrintable(word, "the command") }
    for variable in parameters {
      guard isVariableName(variable.name) else {
        throw ScriptError("\"\(printable(variable.name))\" is no name of an environment variable")
      }
      try requirePrintable(variable.value, "the variable \(variable.name)")
    }
  }

  private func validateArrayAndDependency() throws(ScriptError) {
    if let signalBeforeEnd, !(1...65535).contains(signalBeforeEnd) {
      throw ScriptError("a signal comes 1 to 65535 seconds before the end, not \(signalBeforeEnd)")
    }
    guard maxRequeues >= 0 else {
      throw ScriptError("a job cannot ask for \(maxRequeues) requeues")
    }
    if let array, array.count < 1 || (array.throttle ?? 1) < 1 {
      throw ScriptError("an array needs a task, and a throttle of at least one")
    }
    if let dependency,
      dependency.wholeMatch(of: /[a-z]+(:[0-9_+*:]+)?([,?][a-z]+(:[0-9_+*:]+)?)*/) == nil
    {
      throw ScriptError("\"\(printable(dependency))\" is no dependency", hint: "as in afterok:123")
    }
  }
}

private func isVariableName(_ name: String) -> Bool {
  name.utf8.first.map(isCapital) == true
    && name.utf8.allSatisfy { isCapital($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
}

/// Says what a module's name may be.
/// - Throws: ``ScriptError`` where the name could be taken for an option of `module load`.
public func requireModule(_ name: String) throws(ScriptError) {
  try requireFilled(name, "a module's name")
  guard isName(name, signs: "_.+/@:=-", firstSigns: "_") else {
    throw ScriptError(
      "\"\(name)\" is no module's name", hint: "a module is named as in openmpi or gcc/13.2")
  }
}
