extension ScriptInput {
  public init(
    token: String, experiment: String, directives: [Directive] = [], array: ArraySpec? = nil,
    hold: Bool = false, dependency: String? = nil, workingDirectory: String,
    submissionDirectory: String, manifestPath: String, manifestSHA256: String,
    modules: [String] = [], command: [String], parameters: [EnvironmentVariable],
    signalBeforeEnd: Int?, maxRequeues: Int
  ) {
    self.init(token: token, experiment: experiment, directives: directives, array: array, hold: hold, dependency: dependency, workingDirectory: workingDirectory, submissionDirectory: submissionDirectory, manifestPath: manifestPath, manifestSHA256: manifestSHA256, modules: modules, command: command, parameters: parameters)
  }
}
