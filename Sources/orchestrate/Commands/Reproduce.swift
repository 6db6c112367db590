import ArgumentParser
import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Scheduler
import Terminal

struct Reproduce: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract:
      "Show exactly what a run was, run it once more, and say whether it came out the same.",
    discussion: """
      EXAMPLES
        orchestrate reproduce sweep-3              what it was, what has changed
        orchestrate reproduce sweep-3 --script     its script, byte for byte
        orchestrate reproduce sweep-3 --submit --wait       run it again, compare
        orchestrate reproduce sweep-3 --submit --dry-run    only print the script
        orchestrate reproduce sweep-reproduced-1   how it agrees with its run

      --submit takes the config, recipe and template that were stored, not those
      of today, and makes a run of the experiment NAME-reproduced. It refuses
      where program, data or rendering are not what they were; --anyway runs with
      what is there, and records that.

      identical: every value of every step is the same to the bit. That is
      promised for the same binary, instruction set, threads and ranks; elsewhere
      values within a relative --tolerance agree. Exit status 1 where a
      reproduction parts from its run.
      """)

  @Argument(help: ArgumentHelp("A run, job id or array task.", valueName: "run"))
  var target: String

  @Flag(help: "Run it once more.")
  var submit = false

  @Flag(help: "With --submit: also where program or data are not what they were.")
  var anyway = false

  @Flag(help: "Only print the script: the stored one, or with --submit the new one.")
  var script = false

  @Flag(help: "With --submit: print what would be submitted, byte for byte, and change nothing.")
  var dryRun = false

  @Option(help: "With --submit: auto (as the run itself), slurm or local.")
  var executor: ExecutorChoice = .auto

  @Flag(help: "With --submit: stay until it has ended, then compare.")
  var wait = false

  @Option(help: "Relative difference that counts as agreement where identity is not promised.")
  var tolerance = ReproductionVerdict.standardTolerance

  @Flag(help: "JSON on standard output.")
  var json = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if !submit, anyway || dryRun || wait || executor != .auto {
      throw ValidationError("--anyway, --dry-run, --executor and --wait go with --submit")
    }
    if !(tolerance >= 0 && tolerance.isFinite) {
      throw ValidationError("--tolerance must be a number from 0")
    }
  }

  func perform() async throws {
    let workshop = try Workshop(options)
    let named = try workshop.registry.runs(named: Target(target))
    guard named.count == 1 else {
      throw Failure(
        "\(printable(target)) is \(named.count) runs, and one is meant",
        hint: "name one: orchestrate reproduce \(named.first?.name ?? "RUN")", status: .usage)
    }
    let family = try named + workshop.registry.reproductions(of: named[0].id)
    options.tell(try await workshop.reconciler.reconcile(.ids(family.map(\.id))))
    let run = try workshop.registry.runs(.ids([named[0].id]))[0]
    let origin = try workshop.reproducer.origin(of: run)
    if submit { return try await again(origin, workshop) }
    if script {
      options.tellOfPruned([run], workshop.registry)
      return try print(origin)
    }
    options.tellOfPruned([run], workshop.registry)
    let facts = try RunFacts(project: workshop.project, registry: workshop.registry).facts(of: run)
    let view = ReproductionView(
      origin, facts, try verdicts(of: run, workshop), style: options.style)
    Stream.output.line(json ? view.json.indented : view.lines.joined(separator: "\n"))
    try check(view.verdicts)
  }

  private func print(_ origin: RunOrigin) throws {
    guard let stored = origin.script else {
      throw Failure(
        "the script of \(origin.run.name) is not there any more as it was written",
        hint: "--submit --dry-run prints the one that its recipe in the registry comes to")
    }
    try writeAll(stored, to: 1, path: "standard output")
  }

  /// How the run agrees with the one that it repeats, and those that repeat it with the run.
  private func verdicts(
    of run: RunRecord, _ workshop: Workshop
  ) throws -> [ReproductionVerdict] {
    let reproducer = workshop.reproducer
    let own = try workshop.registry.original(of: run.id).map {
      try reproducer.verdict(of: run, beside: $0, tolerance: tolerance)
    }
    return try [own].compactMap { $0 }
      + workshop.registry.reproductions(of: run.id).map {
        try reproducer.verdict(of: $0, beside: run, tolerance: tolerance)
      }
  }

  private func check(_ verdicts: [ReproductionVerdict]) throws {
    if verdicts.contains(where: { $0.outcome == .parts }) {
      throw ExitCode(ExitStatus.failed.rawValue)
    }
  }

  // MARK: Once more

  private func again(_ origin: RunOrigin, _ workshop: Workshop) async throws {
    let deviations = try refuseChanges(origin)
    let preview = try workshop.reproducer.preview(origin)
    if script { return Stream.output.write(preview.script) }
    if dryRun { return try Preview(json: json, options: options).show(([preview], [])) }
    let submission = try await workshop.reproducer.submit(
      origin, despite: deviations, through: executor(origin, workshop))
    for line in SubmissionView(style: options.errorStyle).lines(
      Submitter.Report(submissions: [submission]), experiment: "")
    {
      options.say(line)
    }
    if json, !wait { Stream.output.line(SubmissionView.json([submission]).indented) }
    try checkOutcomes([submission])
    guard let made = submission.runs.first else { return }
    guard wait || submission.executor == .local else {
      return options.hint("`orchestrate reproduce \(made.name)` compares it when it has ended")
    }
    let watcher = Watcher(workshop: workshop, options: options, interval: 10, delay: 2)
    guard try await watcher.follow([made.id], until: Interrupt()) else {
      options.hint("`orchestrate status \(made.name) --watch` follows it again")
      throw ExitCode(130)
    }
    // The original too may have ended meanwhile.
    let runs = try workshop.registry.runs(.ids([origin.run.id, made.id]))
    let verdict = try workshop.reproducer.verdict(
      of: runs[1], beside: runs[0], tolerance: tolerance)
    Stream.output.line(json ? verdict.json.indented : verdict.sentence)
    try check([verdict])
  }

  private func executor(_ origin: RunOrigin, _ workshop: Workshop) -> any Executor {
    switch executor {
    case .slurm: workshop.slurm
    case .local: workshop.local
    case .auto:
      origin.submission.executor == ExecutorName.local.rawValue ? workshop.local : workshop.slurm
    }
  }

  /// What is not what it was ends it here, or is said.
  /// - Returns: what is to be recorded of it.
  private func refuseChanges(_ origin: RunOrigin) throws -> [String] {
    let words = origin.changes.filter(\.matters).compactMap { change -> String? in
      switch (change.status, change.kind) {
      case (.changed, .rendering):
        "this orchestrate makes another script of it:\n  "
          + origin.renderingDifferences.map(printable).joined(separator: "\n  ")
      case (.missing, .rendering): "the registry does not hold its template as it was"
      case (.changed, let kind): "the \(kind.rawValue) is another: \(printable(change.place))"
      case (.missing, let kind):
        "the \(kind.rawValue) is not there any more: \(printable(change.place))"
      case (.unchanged, _), (.unknown, _): nil
      }
    }
    if anyway || words.isEmpty {
      options.warn(words)
      return words
    }
    throw Failure(
      "\(origin.run.name) cannot be reproduced as it was: \(words.joined(separator: "; "))",
      hint: "--anyway runs it with what is there now")
  }
}
