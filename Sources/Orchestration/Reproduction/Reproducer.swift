import Foundation
import JobFiles
import Registry
import RunContract
import Scheduler
import Scripts

/// Runs once more exactly what a run was: its config, from the recipe and the template that were stored when
/// it was submitted, whatever job file, site and template say by now.
public struct Reproducer: Sendable {
  let project: Project
  let registry: Registry
  let executors: [any Executor]

  /// A reproducer.
  public init(project: Project, registry: Registry, executors: [any Executor]) {
    self.project = project
    self.registry = registry
    self.executors = executors
  }

  /// What a run was made from, and what has changed since.
  /// - Throws: ``Failure`` where it was never submitted.
  public func origin(of run: RunRecord) throws -> RunOrigin {
    try OriginReader(project: project, registry: registry).origin(of: run)
  }

  /// Reproductions are an experiment of their own, so that a comparison does not count a run twice.
  static func experiment(of run: RunRecord) -> String {
    let suffix = "-reproduced"
    if run.experiment.hasSuffix(suffix) { return run.experiment }
    return run.experiment.prefix(64 - suffix.count) + suffix
  }

  /// Renders what would be submitted and changes nothing; the token's random part is shown as zeros.
  public func preview(_ origin: RunOrigin) throws -> PreparedSubmission {
    let experiment = Self.experiment(of: origin.run)
    let number = try project.nextRunNumber(of: experiment, registry)
    let name = "\(experiment)-\(number)"
    let run = ManifestRun(
      name: name, directory: "\(project.runs(of: experiment))/\(name)", config: origin.run.config)
    return try render(try kit(of: origin), [run], token: "\(experiment).000000000000")
  }

  /// What was stored of a run, as a reproduction needs it.
  private struct Kit {
    var recipe: Recipe
    var template: ScriptTemplate
  }

  private func kit(of origin: RunOrigin) throws -> Kit {
    var recipe = try Continuer(project: project, registry: registry, executors: executors)
      .sealedRecipe(of: origin.submission)
    recipe.experiment = Self.experiment(of: origin.run)
    // It waits for nobody: what the run waited for is over.
    (recipe.dependency, recipe.hold, recipe.maxParallel) = (nil, false, nil)
    return Kit(
      recipe: recipe,
      template: try recipe.template(sha256: origin.submission.templateSHA256, in: registry))
  }

  private func render(
    _ kit: Kit, _ runs: [ManifestRun], token: String
  ) throws -> PreparedSubmission {
    try PreparedSubmission(
      kit.recipe, runs: runs, token: token, template: kit.template, project: project)
  }

  /// Submits a reproduction.
  /// - Parameters:
  ///   - deviations: in what it is known not to be what the run was, which is recorded with it.
  ///   - executor: who runs it.
  /// - Throws: before anything is recorded where a value or the disk is in the way.
  public func submit(
    _ origin: RunOrigin, despite deviations: [String], through executor: any Executor
  ) async throws -> Submitter.Submission {
    let seal = try Seal.required()
    let kit = try kit(of: origin)
    let experiment = Self.experiment(of: origin.run)
    var wish = SubmissionWish(
      experiment: experiment, jobFile: nil, configs: [origin.run.config],
      directory: project.runs(of: experiment), again: true, parent: origin.run.id,
      deviations: deviations)
    wish.takenNumber = try project.takenNumber(of: experiment, registry)
    guard project.owns("\(wish.directory)/run", below: project.runsFolder) else {
      throw Failure("\(wish.directory) is no folder of this project's own", status: .usage)
    }
    var written: PreparedSubmission?
    let intent: (submissions: [RecordedSubmission], skipped: [RunRecord])
    do {
      intent = try registry.intend(wish) { runs in
        let prepared = try render(
          kit, runs.map(ManifestRun.init), token: newToken(experiment: experiment))
        try prepared.write(jobFile: nil)
        written = prepared
        SubmissionStep.written.reached()
        return [
          prepared.record(
            project: project, executor: executor, seal: seal, runs: runs)
        ]
      }
    } catch {
      written?.remove()
      throw error
    }
    guard let recorded = intent.submissions.first, let written else {
      throw Failure("nothing was recorded for \(origin.run.name)")
    }
    SubmissionStep.intended.reached()
    let outcome = try await Handover(registry: registry, executor: executor)
      .submit(written.request, as: recorded.id)
    return Submitter.Submission(
      token: written.token, directory: written.request.directory, executor: executor.name,
      runs: recorded.submission.runs, isArray: false, outcome: outcome)
  }

  /// What a repetition of a run came to.
  public func verdict(
    of run: RunRecord, beside original: RunRecord,
    tolerance: Double = ReproductionVerdict.standardTolerance
  ) throws -> ReproductionVerdict {
    let facts = try [original, run].map {
      try RunFacts(project: project, registry: registry).facts(of: $0)
    }
    let series = try [original, run].map { try registry.allMetrics(run: $0.id) }
    return ReproductionVerdict(
      original, run, facts: facts, MetricAgreement(series[0], series[1]), tolerance: tolerance,
      deviations: try registry.deviations(of: run.id))
  }
}
