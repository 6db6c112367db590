import Foundation
import Registry
import RunContract
import Scheduler
import Scripts

/// Turns a specification into runs and hands them over.
///
/// The order is what makes it safe: the intent is in the registry and the script on disk before the
/// executor is asked, so that whatever happens then, somebody can look the submission up by its name.
public struct Submitter: Sendable {
  let project: Project
  let registry: Registry

  /// A submitter.
  public init(project: Project, registry: Registry) {
    self.project = project
    self.registry = registry
  }

  /// What became of one submission.
  public struct Submission: Sendable {
    public var token: String
    public var directory: String
    public var runs: [RunRecord]
    public var isArray: Bool
    public var outcome: SubmissionOutcome
  }

  /// What became of the whole wish.
  public struct Report: Sendable {
    public var submissions: [Submission] = []
    /// Runs that stand for configs which were left out.
    public var skipped: [RunRecord] = []
  }

  /// Renders what would be submitted and changes nothing. Run numbers are those that come next; the
  /// token's random part is shown as zeros.
  public func preview(_ job: JobSpecification, _ options: SubmitOptions) throws
    -> (submissions: [PreparedSubmission], skipped: [RunRecord])
  {
    let standing =
      options.again ? [:] : try registry.standingRuns(of: job.configs, experiment: job.experiment)
    let configs = job.configs.filter { standing[$0.id] == nil }
    let prepared = try render(job, configs, options)
    return (prepared, job.configs.compactMap { standing[$0.id] })
  }

  private func render(_ job: JobSpecification, _ configs: [Config], _ options: SubmitOptions) throws
    -> [PreparedSubmission]
  {
    let program = try Program.resolve(job.command, project: project, keep: false)
    let template = try loadTemplate(job)
    let first = try registry.nextRunNumber(experiment: job.experiment)
    let runs = configs.enumerated().map { index, config in
      let name = "\(job.experiment)-\(first + index)"
      return ManifestRun(
        name: name, directory: "\(project.runs(of: job.experiment))/\(name)", config: config)
    }
    return try runs.chunked(by: options.maxTasks).map {
      try PreparedSubmission(
        job, runs: $0, token: "\(job.experiment).000000000000", program: program,
        template: template, project: project, options: options)
    }
  }

  private func loadTemplate(_ job: JobSpecification) throws -> ScriptTemplate {
    try ScriptTemplate.load(name: job.template, templatesDirectory: project.templates)
  }

  /// Submits everything that has no active or completed run yet.
  /// - Throws: before anything is recorded where the template or a value is wrong.
  public func submit(
    _ job: JobSpecification, _ options: SubmitOptions, through executor: any Executor
  ) async throws -> Report {
    _ = try render(job, job.configs, options)
    let program = try Program.resolve(job.command, project: project, keep: true)
    let template = try loadTemplate(job)
    let experiment = try registry.takeIn(experiment: job.experiment, jobFile: job.jobFile)
    let runs = try registry.createRuns(
      of: job.configs, in: experiment, directory: project.runs(of: job.experiment),
      again: options.again)
    var report = Report(skipped: runs.skipped)
    var rest = runs.created.chunked(by: options.maxTasks)[...]
    do {
      while let part = rest.first {
        let prepared = try PreparedSubmission(
          job,
          runs: part.map {
            ManifestRun(name: $0.name, directory: $0.directory, config: $0.config)
          }, token: newToken(experiment: job.experiment), program: program, template: template,
          project: project, options: options)
        let submission = try await handOver(prepared, part, job, executor)
        rest = rest.dropFirst()
        report.submissions.append(submission)
        if case .accepted = submission.outcome { continue }
        break
      }
    } catch {
      try registry.withdraw(rest.joined(), because: "not handed over: \(error)")
      throw error
    }
    try registry.withdraw(
      rest.joined(), because: "not handed over: the part before it was not accepted")
    return report
  }

  private func handOver(
    _ prepared: PreparedSubmission, _ runs: [RunRecord], _ job: JobSpecification,
    _ executor: any Executor
  ) async throws -> Submission {
    try prepared.write(jobFile: job.jobFile)
    let id = try registry.intend(
      NewSubmission(
        token: prepared.token, executor: executor.name.rawValue,
        directory: prepared.request.directory, isArray: prepared.request.isArray,
        scriptSHA256: sha256Hex(prepared.script), manifestSHA256: prepared.manifest.sha256,
        templateSHA256: prepared.templateSHA256), runs: runs)
    let outcome = await executor.submit(prepared.request)
    try record(outcome, of: id, through: executor.name)
    let known = try registry.runs(.ids(runs.map(\.id)))
    // Who cancelled a run while its submission was under way found nothing there to be ended.
    let unwanted = known.filter { $0.cancelRequestedAt != nil && $0.state.isActive }
    if !unwanted.isEmpty { _ = await executor.cancel(unwanted.map(JobReference.init)) }
    return Submission(
      token: prepared.token, directory: prepared.request.directory, runs: known,
      isArray: prepared.request.isArray, outcome: outcome)
  }

  private func record(
    _ outcome: SubmissionOutcome, of submission: Int64, through executor: ExecutorName
  ) throws {
    switch outcome {
    case .accepted(let jobID):
      // A local run's job id is its own process's, which nobody knows before it starts.
      try registry.record(
        submission: submission, state: .accepted, runs: .pending,
        jobID: executor == .slurm ? jobID : nil)
    case .refused(let reason, _):
      try registry.record(
        submission: submission, state: .refused, runs: .failed, reason: "refused: \(reason)")
    case .unreachable(let reason):
      try registry.record(
        submission: submission, state: .refused, runs: .failed,
        reason: "nothing was submitted: \(reason)")
    case .unconfirmed(let reason):
      try registry.record(
        submission: submission, state: .unconfirmed, runs: .unconfirmed, reason: reason)
    }
  }
}

extension Array {
  /// The array in parts of at most so many elements.
  func chunked(by size: Int) -> [[Element]] {
    guard size < count else { return isEmpty ? [] : [self] }
    let size = Swift.max(1, size)
    return stride(from: 0, to: count, by: size).map {
      Array(self[$0..<Swift.min($0 + size, count)])
    }
  }
}
