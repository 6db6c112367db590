import ArgumentParser
import Orchestration
import Registry
import Reports
import RunContract
import Scheduler
import Scripts
import Terminal

struct Retry: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try runs that have ended once more, from their last checkpoint.",
    discussion: """
      EXAMPLES
        orchestrate retry quadratic-3                  as it was
        orchestrate retry quadratic-3 --memory 8G      with more memory
        orchestrate retry --experiment demo --state timed_out --time 12:00:00
        orchestrate retry quadratic-3 --dry-run        only print the script

      It stays the same run, in the same directory, from the script's own recipe: what
      has changed in the job file since counts for nothing. Its former job is locked
      out first, so that the two can never train together.
      """)

  @Argument(help: "Runs, job ids or array tasks.")
  var targets: [String] = []

  @Option(help: "The runs of this experiment.")
  var experiment: String?

  @Option(help: "Only runs that ended in this state; may be repeated.")
  var state: [RunState] = []

  @Option(help: "Memory of each node, as in 8G.")
  var memory: String?

  @Option(help: "Time limit, as in 12:00:00.")
  var time: String?

  @Option(help: "Partition.")
  var partition: String?

  @Option(
    name: .customLong("sbatch"),
    help: ArgumentHelp("Any other option of sbatch; may be repeated.", valueName: "option=value"))
  var further: [String] = []

  @Flag(help: "Print what would be submitted, byte for byte, and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Flag(help: "An array of submissions as JSON.")
  var json = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if targets.isEmpty, experiment == nil, state.isEmpty {
      throw ValidationError("name a run, or give --experiment or --state")
    }
    if !targets.isEmpty, experiment != nil {
      throw ValidationError("give either targets or --experiment")
    }
  }

  func perform() async throws {
    let workshop = try Workshop(options)
    let selection = try Selection(
      targets: targets, experiment: experiment, states: [], registry: workshop.registry)
    let round = try await workshop.reconciler.reconcile(selection.reach)
    options.tell(round)
    // What ended is only known where Slurm answered.
    if !round.isComplete { throw ExitCode(ExitStatus.unavailable.rawValue) }
    if !round.unanswered.isEmpty {
      throw Failure(
        "Slurm does not say whether somebody has started these runs again",
        hint: "nothing was submitted; try again when `squeue` answers", status: .unavailable)
    }
    let runs = try chosen(selection, workshop.registry)
    let plans = try workshop.retrier.plan(runs, changes: try changes())
    for run in runs {
      guard let time = try PrunedFiles(workshop.registry).time(of: run) else { continue }
      options.say(
        "\(printable(run.name)) begins from the start: its checkpoints were removed by `orchestrate prune` on "
          + timestamp(time))
    }
    if dryRun {
      return try Preview(json: json, options: options)
        .show((try plans.map(workshop.retrier.preview), []))
    }
    if runs.count > 1 { try confirm("Try \(runs.count) runs again?", yes: yes) }
    var submissions: [Submitter.Submission] = []
    var open = plans[...]
    while let plan = open.popFirst() {
      guard let submission = try await workshop.retrier.submit(plan) else {
        let (rest, taken) = try workshop.retrier.rest(of: plan)
        let names = taken.isEmpty ? plan.runs.map(\.name) : taken
        options.say(
          names.prefix(3).map { printable($0) }.joined(separator: ", ")
            + (names.count > 3 ? " and \(names.count - 3) more" : "")
            + ": taken by another orchestrate meanwhile")
        if !taken.isEmpty, !rest.runs.isEmpty { open = [rest] + open }
        continue
      }
      submissions.append(submission)
      let report = Submitter.Report(submissions: [submission])
      for line in SubmissionView(style: options.errorStyle).lines(report, experiment: "") {
        options.say(line)
      }
      if submission.outcome.map(wasRefused) == true {
        options.say(
          plan.runs.count == 1
            ? "\(printable(plan.runs[0].name)) stays as it was: \(plan.runs[0].state.rawValue)"
            : "the \(plan.runs.count) runs stay as they were")
      }
    }
    if json { Stream.output.line(SubmissionView.json(submissions).indented) }
    try checkOutcomes(submissions)
  }

  /// Whether nobody has the submission, and nobody will.
  private func wasRefused(_ outcome: SubmissionOutcome) -> Bool {
    switch outcome {
    case .refused: outcome.wantOfRoom == nil
    case .unreachable: true
    case .accepted, .unconfirmed: false
    }
  }

  /// Of runs that are named each must be one that can be tried again; of a whole experiment those that
  /// can.
  private func chosen(_ selection: Selection, _ registry: Registry) throws -> [RunRecord] {
    var runs = try selection.runs(registry)
    let usual: [RunState] = [.failed, .timedOut, .outOfMemory, .nodeFailed, .lost]
    if !state.isEmpty {
      runs.removeAll { !state.contains($0.state) }
    } else if targets.isEmpty {
      runs.removeAll { !usual.contains($0.state) }
    }
    guard !runs.isEmpty else {
      throw Failure("no run that has ended so matches", status: .nothing)
    }
    return runs
  }

  private func changes() throws -> [String: String] {
    var changes: [String: String] = [:]
    changes["mem"] = memory
    changes["time"] = time
    changes["partition"] = partition
    for text in further {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw Failure(
          "--sbatch \(printable(text)) is not option=value",
          hint: "as in --sbatch constraint=haswell",
          status: .usage)
      }
      changes[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    for (option, value) in changes { _ = try Directive(option, value) }
    return changes
  }
}

/// Turns answers that were not a plain yes into an error with its own exit status.
func checkOutcomes(_ submissions: [Submitter.Submission]) throws {
  for submission in submissions where !submission.isWaiting {
    switch submission.outcome {
    case .accepted, nil: continue
    case .refused(let reason, let hint): throw Failure(reason, hint: hint)
    case .unreachable(let reason):
      throw Failure(
        reason, hint: "nothing was submitted; try again when Slurm answers, or --executor local",
        status: .unavailable)
    case .unconfirmed(let reason):
      throw Failure(
        "\(submission.token) is unconfirmed: \(reason)",
        hint: "every command looks it up by its name; without a trace it is submitted anew",
        status: .unconfirmed)
    }
  }
}
