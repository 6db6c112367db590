import ArgumentParser
import Foundation
import JobFiles
import Orchestration
import Registry
import Reports
import RunContract
import Scheduler
import Terminal

struct Submit: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Submit job files or configs: one sbatch call for each array.",
    discussion: """
      EXAMPLES
        orchestrate submit Jobs/quadratic.yaml
        orchestrate submit Jobs/penalty-sweep.yaml --dry-run    only print the script
        orchestrate submit Jobs/quadratic.yaml --set epochs=5 --set corr_weight=0.3
        orchestrate submit 3f2a91c0d4 --like Jobs/quadratic.yaml   one config
        orchestrate submit Jobs/demo.yaml --executor local      on this machine

      Configs that have an active or completed run are skipped and named; --again
      runs them once more.
      """)

  @Argument(help: ArgumentHelp("Job files or config ids.", valueName: "file-or-config"))
  var what: [String]

  @OptionGroup var source: JobSource

  @Flag(help: "Print what would be submitted, byte for byte, and change nothing.")
  var dryRun = false

  @Option(help: "auto (Slurm where sbatch answers), slurm or local.")
  var executor: ExecutorChoice = .auto

  @Flag(help: "Submit held: the jobs wait for `scontrol release`.")
  var hold = false

  @Option(
    help: ArgumentHelp(
      "Start only after this run, job or experiment has completed, or with :any has ended; may be "
        + "repeated.", valueName: "what[:ok|:any]"))
  var after: [String] = []

  @Flag(help: "Also configs that have an active or completed run.")
  var again = false

  @Option(name: .shortAndLong, help: "Runs at a time on this machine (local executor).")
  var jobs: Int?

  @Flag(help: "Do not stay: local runs go on in the background.")
  var detach = false

  @Flag(help: "Stay until all runs have ended; exit with 1 unless all completed.")
  var wait = false

  @Flag(help: "An array of submissions as JSON.")
  var json = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let jobs, !(1...4096).contains(jobs) {
      throw ValidationError("--jobs must be from 1 to 4096")
    }
    if detach, wait { throw ValidationError("give either --detach or --wait") }
  }

  func perform() async throws {
    let project = try options.findProject()
    // Slurm is asked while everything else is read, where this looks like an array; and the registry is
    // opened while the job files are read.
    let asked = mayMakeArray ? Task.detached { try await SlurmExecutor().siteFacts() } : nil
    let opened = EarlyRegistry.begin(project)
    let site = try SiteDefaults.load(path: project.siteFile)
    let files = Result { try source.load(filesIn: what, project, site) }
    let registry = try opened.value
    options.warn(registry.warnings + project.closeFolders())
    let workshop = Workshop(project, registry, site)
    let specifications = try source.load(what, files.get(), workshop)
    for note in specifications.flatMap(\.notes) { options.say("note: \(note)") }
    options.warn(specifications.flatMap { missingData($0.job, in: workshop.project) })
    let choice = dryRun && executor == .auto ? nil : try await chooseExecutor(workshop)
    if !dryRun { try await settleUncertain(specifications.map(\.job), choice, workshop) }
    // What is missing is missed before anything is handed over.
    let jobs = try specifications.map(\.job).map { job in
      (job, dryRun ? nil : try workshop.submitter.find(for: job))
    }
    var ids: [Int64] = []
    var submissions: [Submitter.Submission] = []
    // Whoever reads this is told of what was submitted, whatever became of the rest.
    func show() { Stream.output.line(SubmissionView.json(submissions).indented) }
    var isShown = !json || dryRun
    defer { if !isShown, !submissions.isEmpty { show() } }
    let start = ProcessInfo.processInfo.systemUptime
    var left: [String] = []
    for (specification, needs) in jobs {
      // Each sbatch that hangs takes a minute, and the next one would hang, too.
      if submissions.contains(where: { $0.outcome?.isUnanswered == true }),
        ProcessInfo.processInfo.systemUptime - start > Self.longestSilence
      {
        left.append(specification.experiment)
        continue
      }
      var facts: SlurmSiteFacts?
      if choice == .slurm, specification.configs.count > 1 {
        facts = try await asked?.value
        if facts == nil { facts = try await workshop.slurm.siteFacts() }
        // The next look need not ask for them.
        if let facts, !dryRun { try workshop.registry.keep(facts, at: workshop.slurm.address) }
      }
      let submitOptions = try await submitOptions(workshop, choice, site: facts)
      guard let needs else {
        try Preview(json: json, options: options)
          .show(workshop.submitter.preview(specification, submitOptions))
        continue
      }
      let report = try await submit(
        specification, needs, submitOptions, choice ?? .slurm, workshop)
      submissions += report.submissions
      ids += report.submissions.flatMap(\.runs).map(\.id)
    }
    if !isShown { show() }
    isShown = true
    if !left.isEmpty {
      options.warn([
        "not submitted, for Slurm does not answer: \(left.joined(separator: ", ")); submit them again when it does"
      ])
    }
    try checkOutcomes(submissions)
    if !ids.isEmpty {
      let experiment = specifications.first?.job.experiment ?? ""
      try await stay(ids, experiment, choice ?? .slurm, workshop)
    }
  }

  /// Seconds of waiting for Slurm in vain after which no further job file is handed over.
  private static let longestSilence = 45.0

  /// Whether this looks like many runs on a cluster, before anything is read in earnest.
  private var mayMakeArray: Bool {
    guard !dryRun, executor != .local, SlurmExecutor().isInstalled,
      (try? SlurmExecutor.isConfigured) == true
    else { return false }
    return what.count > 1 || what.contains(where: JobFile.looksLikeSeveralRuns)
  }

  /// What an ended orchestrate left half done is settled first: its configs would be skipped as active. So
  /// would those whose runs have ended since somebody looked, and runs that Slurm has brought back would be
  /// run twice. Where there are submissions that the registry does not know, the queue may hold their jobs.
  /// - Throws: ``Failure`` where Slurm is to run configs and does not say whether it has brought their runs back.
  private func settleUncertain(
    _ jobs: [JobSpecification], _ choice: ExecutorName?, _ workshop: Workshop
  ) async throws {
    let registry = workshop.registry
    let experiments = Set(jobs.map(\.experiment))
    let isUncertain =
      try registry.hasRuns(in: [.submitting, .unconfirmed, .created])
      || experiments.contains { try workshop.project.hasUnknownSubmissions(of: $0, registry) }
    var round = Reconciler.Round()
    if isUncertain {
      round = try await workshop.reconciler.reconcile()
      options.tell(round)
    }
    if again { return }
    let day = Date().timeIntervalSince1970 - Reconciler.afterglow
    let earlier = try jobs.flatMap { job in
      try registry.unsettledRuns(of: job.configs, experiment: job.experiment, endedSince: day)
    }
    if earlier.isEmpty { return }
    if !isUncertain {
      round = try await workshop.reconciler.reconcile(.ids(earlier))
      options.tell(round)
    }
    guard choice == .slurm, round.unanswered.contains(.slurm),
      let run = try registry.runs(.ids(earlier)).first(where: { !$0.state.isActive })
    else { return }
    throw Failure(
      "Slurm does not say whether somebody has started \(run.name) again, which has the same config",
      hint: "nothing was submitted; try again when `squeue` answers, or --again to run it anyway",
      status: .unavailable)
  }

  /// Folders of data that are not here. The nodes may have them, so it is a warning.
  private func missingData(_ job: JobSpecification, in project: Project) -> [String] {
    Set(job.configs.compactMap { $0.parameters["data"]?.text }).sorted()
      .filter { access(absolute($0, in: project.root), F_OK) != 0 }
      .map { "there is no \($0) here; `train dataset make --help` shows how to make one" }
  }

  private func chooseExecutor(_ workshop: Workshop) async throws -> ExecutorName {
    switch executor {
    case .slurm: return .slurm
    case .local: return .local
    case .auto: return try await workshop.slurm.chooseAutomatically(options)
    }
  }

  private func submitOptions(
    _ workshop: Workshop, _ executor: ExecutorName?, site: SlurmSiteFacts?
  ) async throws -> SubmitOptions {
    var result = SubmitOptions()
    result.hold = hold
    result.again = again
    if executor == .local, hold || !after.isEmpty {
      throw Failure(
        "the local executor has no --hold and no --after", hint: "use --executor slurm",
        status: .usage)
    }
    if !after.isEmpty {
      result.dependency = try await Dependency(workshop: workshop).expression(for: after)
    }
    if let site { result.maxTasks = site.mostTasks }
    return result
  }

  private func submit(
    _ job: JobSpecification, _ needs: Submitter.Needs, _ submitOptions: SubmitOptions,
    _ name: ExecutorName, _ workshop: Workshop
  ) async throws -> Submitter.Report {
    let executor: any Executor = name == .local ? localExecutor(for: job) : workshop.slurm
    let report = try await workshop.submitter.submit(
      job, needs, submitOptions, through: executor)
    let view = SubmissionView(style: options.errorStyle)
    for line in view.lines(report, experiment: job.experiment) { options.say(line) }
    return report
  }

  private func localExecutor(for job: JobSpecification) -> LocalExecutor {
    LocalExecutor(
      supervisorCommand: Workshop.supervisorCommand,
      places: LocalPlaces(
        count: jobs.map { $0 * job.processors } ?? LocalPlaces.processors, perRun: job.processors))
  }

  private func stay(
    _ ids: [Int64], _ experiment: String, _ executor: ExecutorName, _ workshop: Workshop
  ) async throws {
    guard wait || (executor == .local && !detach) else {
      workshop.registry.leaveOpen()
      return options.hint("`orchestrate status \(experiment) --watch`")
    }
    let interrupt = Interrupt()
    let watcher = Watcher(workshop: workshop, options: options, interval: 10, delay: 2)
    if try await !watcher.follow(ids, until: interrupt) {
      if executor == .slurm {
        options.hint("the jobs go on; `orchestrate status --watch` follows them again")
        throw ExitCode(130)
      }
      options.say("ending \(ids.count) runs …")
      _ = try await workshop.canceller.cancel(try workshop.registry.runs(.ids(ids)))
      options.say(summary(of: try workshop.registry.runs(.ids(ids)), style: options.errorStyle))
      throw ExitCode(130)
    }
    let runs = try workshop.registry.runs(.ids(ids))
    options.say(summary(of: runs, style: options.errorStyle))
    if let worst = runs.first(where: { $0.state != .completed }) {
      options.hint("`orchestrate logs \(worst.name)`")
      throw ExitCode(1)
    }
    options.hint("`orchestrate compare --experiment \(experiment)`")
  }
}
