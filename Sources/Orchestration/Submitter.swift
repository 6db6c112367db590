import Foundation
import Registry
import RunContract
import Scheduler
import Scripts

/// Turns a specification into runs and hands them over.
///
/// The order is what makes it safe: scripts on disk and the intent in the registry, in one transaction,
/// before the executor is asked; so whatever happens then, somebody can look the submission up by its
/// name and finish, repeat or end it.
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
    public var executor: ExecutorName
    public var runs: [PlannedRun]
    public var isArray: Bool
    /// `nil` where it was not handed over, because the one before it was not accepted.
    public var outcome: SubmissionOutcome?

    /// Whether the executor has it.
    public var isAccepted: Bool { if case .accepted = outcome { true } else { false } }
    /// Whether it waits for room and is submitted when there is some.
    public var isWaiting: Bool { outcome?.wantOfRoom != nil }
  }

  /// What became of the whole wish.
  public struct Report: Sendable {
    public var submissions: [Submission] = []
    /// Runs that stand for configs which were left out.
    public var skipped: [RunRecord] = []

    /// A report on these submissions.
    public init(submissions: [Submission] = [], skipped: [RunRecord] = []) {
      self.submissions = submissions
      self.skipped = skipped
    }
  }

  /// Renders what would be submitted and changes nothing. Run numbers are those that come next; the
  /// token's random part is shown as zeros.
  public func preview(_ job: JobSpecification, _ options: SubmitOptions) throws
    -> (submissions: [PreparedSubmission], skipped: [RunRecord])
  {
    let standing =
      options.again ? [:] : try registry.standingRuns(of: job.configs, experiment: job.experiment)
    let configs = job.configs.filter { standing[$0.id] == nil }
    let program = try Program.resolve(job.command, project: project, keep: false)
    let recipe = Recipe(job, options, program: program, project: project)
    let template = try loadTemplate(job)
    let first = try project.nextRunNumber(of: job.experiment, registry)
    let runs = configs.enumerated().map { index, config in
      let name = "\(job.experiment)-\(first + index)"
      return ManifestRun(
        name: name, directory: "\(project.runs(of: job.experiment))/\(name)", config: config)
    }
    let prepared = try runs.chunked(by: options.maxTasks).map {
      try PreparedSubmission(
        recipe, runs: $0, token: "\(job.experiment).000000000000", template: template,
        project: project)
    }
    return (prepared, job.configs.compactMap { standing[$0.id] })
  }

  private func loadTemplate(_ job: JobSpecification) throws -> ScriptTemplate {
    try ScriptTemplate.load(name: job.template, templatesDirectory: project.templates)
  }

  /// What a specification needs before anything can be submitted, found and checked.
  public struct Needs: Sendable {
    let program: Program
    let template: ScriptTemplate
    let configs: [NamedConfig]
    let seal: Seal
  }

  /// Finds and keeps the program of a specification, reads its template and names its configs.
  /// - Throws: where one of them, or the experiment's folder, cannot be used.
  public func find(for job: JobSpecification) throws -> Needs {
    try registry.requireWriting()
    try checkFolder(of: job.experiment)
    let seal = try Seal.required()
    // One waits for the disk, the other for the processor.
    let template = BackgroundValue { try loadTemplate(job) }
    let program = try Program.resolve(job.command, project: project, keep: true)
    let configs = job.configs.map(\.named)
    return Needs(program: program, template: try template.value, configs: configs, seal: seal)
  }

  /// Submits everything that has no active or completed run yet.
  /// - Throws: before anything is recorded where a value or the disk is in the way.
  public func submit(
    _ job: JobSpecification, _ needs: Needs, _ options: SubmitOptions,
    through executor: any Executor
  ) async throws -> Report {
    let (program, template) = (needs.program, needs.template)
    let recipe = Recipe(job, options, program: program, project: project)
    var wish = SubmissionWish(
      experiment: job.experiment, jobFile: job.jobFile, named: needs.configs,
      directory: project.runs(of: job.experiment), again: options.again)
    wish.takenNumber = try project.takenNumber(of: job.experiment, registry)
    let intent: (submissions: [RecordedSubmission], skipped: [RunRecord])
    // Everything is rendered and on disk before the intent is recorded, but need not be while its rows are
    // filled in.
    let writing = BackgroundWork<PreparedSubmission>()
    do {
      intent = try registry.intend(wish, finish: { try writing.finish().map(\.hashes) }) { runs in
        SubmissionStep.planned.reached()
        return runs.chunked(by: options.maxTasks).map { part in
          let token = newToken(experiment: job.experiment)
          writing.start {
            try write(part, recipe, token: token, template: template, jobFile: job.jobFile)
          }
          return PreparedSubmission.record(
            recipe, token: token, template: template, project: project, executor: executor,
            seal: needs.seal, runs: part)
        }
      }
    } catch {
      writing.salvage().forEach { $0.remove() }
      throw error
    }
    SubmissionStep.intended.reached()
    var report = Report(skipped: intent.skipped)
    report.submissions = try await handOver(
      zip(intent.submissions, try writing.finish().map(\.request)).map { ($0, $1) }, recipe,
      executor)
    return report
  }

  /// Renders the submission of some runs and puts it on disk.
  private func write(
    _ runs: [PlannedRun], _ recipe: Recipe, token: String, template: ScriptTemplate,
    jobFile: String?
  ) throws -> PreparedSubmission {
    let submission = try PreparedSubmission(
      recipe, runs: runs.map(ManifestRun.init), token: token, template: template, project: project)
    SubmissionStep.rendered.reached()
    try submission.write(jobFile: jobFile)
    SubmissionStep.written.reached()
    return submission
  }

  private func checkFolder(of experiment: String) throws {
    let folder = project.runs(of: experiment)
    guard project.owns("\(folder)/run", below: project.runsFolder) else {
      throw Failure(
        "\(folder) is a symbolic link or no folder of this project's own",
        hint: "let `runs` itself be the link, if the runs are to lie on another disk",
        status: .usage)
    }
  }

  /// Hands submissions over one after the other, as long as each is accepted.
  private func handOver(
    _ parts: [(RecordedSubmission, SubmissionRequest)], _ recipe: Recipe, _ executor: any Executor
  ) async throws -> [Submission] {
    let handover = Handover(registry: registry, executor: executor, recipe: recipe)
    var done: [Submission] = []
    var last: SubmissionOutcome?
    for (place, (recorded, request)) in parts.enumerated() {
      var outcome: SubmissionOutcome?
      // Somebody who takes this process for dead may have been faster.
      func isOurs() throws -> Bool {
        try place == 0
          || registry.beginAttempt(recorded.id, from: Maker.current, by: Maker.current)
      }
      switch last {
      case nil, .accepted:
        if try isOurs() { outcome = try await handover.submit(request, as: recorded.id) }
      case .some(let refusal) where refusal.wantOfRoom != nil:
        if try isOurs() {
          try handover.record(refusal, of: recorded.id)
          outcome = refusal
        }
      case .refused(let reason, _):
        if try isOurs() {
          try handover.record(
            .refused(reason: "the part before it was refused: \(reason)", hint: nil),
            of: recorded.id)
        }
      case .unreachable(let reason):
        if try isOurs() { try handover.record(.unreachable(reason: reason), of: recorded.id) }
      case .unconfirmed: break  // Left to whoever reconciles next.
      }
      let submission = Submission(
        token: request.token, directory: request.directory, executor: executor.name,
        runs: recorded.submission.runs, isArray: request.isArray, outcome: outcome)
      let isRefusedFirst = last?.wantOfRoom == nil
      last = outcome ?? last
      if isRefusedFirst, outcome?.wantOfRoom?.mayTakeFewer == true {
        done += try await inPortions(submission, recorded, recipe, executor)
        // What became of a portion otherwise becomes of all that follows.
        let other = done.last { !$0.isAccepted && !$0.isWaiting }
        last = other?.outcome ?? last
      } else {
        done.append(submission)
      }
    }
    return done
  }

  /// Submits as much of a submission as there is room for, and lets the rest wait.
  private func inPortions(
    _ refused: Submission, _ recorded: RecordedSubmission, _ recipe: Recipe,
    _ executor: any Executor
  ) async throws -> [Submission] {
    var filter = RunFilter()
    filter.submissionID = recorded.id
    let runs = try registry.runs(filter).filter(\.isToBeSubmitted)
      .sorted { ($0.arrayIndex ?? 0) < ($1.arrayIndex ?? 0) }
    let continuer = Continuer(project: project, registry: registry, executors: [executor])
    var report = Continuer.Report()
    let portions = try await continuer.submitInPortions(
      runs, recipe, room: runs.count, executor, &report)
    var rest = refused
    let handedOver = Set(portions.flatMap(\.planned).map(\.id))
    // Who was cancelled meanwhile waits no more.
    let waiting = Set(runs.map(\.id)).subtracting(handedOver)
    rest.runs.removeAll { !waiting.contains($0.id) }
    rest.isArray = rest.runs.count > 1
    return portions.map { portion in
      Submission(
        token: portion.token, directory: portion.directory, executor: executor.name,
        runs: portion.planned, isArray: portion.planned.count > 1, outcome: portion.outcome)
    } + (rest.runs.isEmpty ? [] : [rest])
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
