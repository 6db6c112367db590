/// How long Slurm's commands may take. Slurm gives up by itself after its `MessageTimeout` (10 s by
/// default, up to 100 s at large sites); ours only end what hangs beyond that.
public struct SlurmLimits: Sendable {
  /// For sbatch, whose reply matters most: a lost one leaves the submission unconfirmed.
  public var submission: Duration
  /// For each query and each scancel.
  public var query: Duration
  /// For the question whether Slurm is there at all.
  public var availability: Duration

  /// A minute for sbatch, half a one for queries, ten seconds to show that Slurm is there: a busy
  /// login node takes its time, and saying "no Slurm" too early is worse than late.
  public init(
    submission: Duration = .seconds(60), query: Duration = .seconds(30),
    availability: Duration = .seconds(10)
  ) {
    self.submission = submission
    self.query = query
    self.availability = availability
  }
}

/// Slurm's commands: which environment, which time limit, and what a failure means.
struct SlurmCommands: Sendable {
  var runner: any CommandRunner
  var inherited: [String: String]
  var limits: SlurmLimits

  /// Runs sbatch on a script; whatever comes back is for ``SubmissionReply`` to read.
  func sbatch(
    _ script: String, in directory: String, dependency: String? = nil
  ) async throws(CommandFailure) -> CommandResult {
    let waiting = dependency.map { ["--dependency=\($0)", "--kill-on-invalid-dep=yes"] }
    let options = ["--parsable"] + (waiting ?? [])
    var command = Command(
      "sbatch", options + [script],
      environment: SlurmEnvironment.forActions(inherited), workingDirectory: directory,
      timeLimit: limits.submission)
    // The job inherits sbatch's umask, and Slurm makes its log by it before the script can set one.
    command.isPrivate = true
    return try await runner.run(command)
  }

  /// Runs scancel, which says little: its status and its words are for the caller.
  func scancel(_ arguments: [String]) async throws(CommandFailure) -> CommandResult {
    try await runner.run(
      Command(
        "scancel", arguments, environment: SlurmEnvironment.forActions(inherited),
        timeLimit: limits.query))
  }

  /// Runs a command that only asks, and gives what it printed.
  /// - Throws: ``SlurmFailure`` for whatever is no answer.
  func query(
    _ name: String, _ arguments: [String], limit: Duration? = nil
  ) async throws(SlurmFailure) -> String {
    let limit = limit ?? limits.query
    let result: CommandResult
    do {
      result = try await runner.run(
        Command(
          name, arguments, environment: SlurmEnvironment.forQueries(inherited), timeLimit: limit))
    } catch {
      if case .notFound = error { throw .notInstalled(name) }
      throw .failed(name, words: "\(error)")
    }
    guard result.isSuccess else { throw SlurmFailure(name, result, limit: limit) }
    return result.standardOutput
  }
}
