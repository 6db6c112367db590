import ArgumentParser
import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Scheduler
import Terminal

struct Prune: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove checkpoints and directories that nobody needs.",
    discussion: """
      EXAMPLES
        orchestrate prune --dry-run                    what would go, how much it is
        orchestrate prune --older-than 7d              all but best and final ones
        orchestrate prune --state failed --keep none   all of failed runs
        orchestrate prune --quota 50G                  the oldest, down to 50 GB
        orchestrate prune --directories --state lost   whatever lost runs have left

      Runs that are active keep everything, and what the registry knows of runs
      (states, configs, metrics) stays whatever goes. Submission directories that
      no run refers to and programs that no submission uses go too.

      --directories: also the directories of runs that ended otherwise than well,
      but for the claims that keep a late job from training there, and those of
      submissions all of whose runs ended (a day ago at least), with their scripts
      and job logs. `retry` then begins from the start, and `reproduce` from what
      the registry keeps.
      """)

  @Option(help: "Only runs that ended so long ago: 30d, 12h, 90m.")
  var olderThan: String = "30d"

  @Option(help: "Only runs in this state; may be repeated.")
  var state: [RunState] = []

  @Option(help: "Only this experiment.")
  var experiment: String?

  @Option(help: "The checkpoints that stay: best (and final), final, none.")
  var keep: Pruner.Rule.Keep = .best

  @Option(
    help: """
      Let the checkpoints of ended runs, or with --directories all their files, take so much, as in \
      50G: the oldest go first, whatever their age.
      """)
  var quota: String?

  @Flag(
    help: """
      Also whole directories: of runs that failed, diverged, were cancelled, lost …, and of submissions \
      that are over.
      """)
  var directories = false

  @Flag(help: "Say what would go and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  func perform() async throws {
    let rule = try rule()
    let workshop = try Workshop(options)
    if let experiment { _ = try workshop.registry.runs(named: .experiment(experiment)) }
    let round = try await workshop.reconciler.reconcile()
    options.tell(round)
    // A project of a machine without Slurm has nothing there.
    let usesSlurm =
      try workshop.slurm.isInstalled
      || workshop.registry.hasEnd(executor: ExecutorName.slurm.rawValue, since: 0)
    let pruner = Pruner(
      project: workshop.project, registry: workshop.registry,
      listed: round.listed ?? (usesSlurm ? nil : []))
    let plan = try pruner.plan(rule, now: now())
    let items = plan.items
    if !table.json { show(plan, workshop.project) }
    let bytes = items.reduce(0) { $0 + $1.bytes }
    let sum = "\(items.count) item\(items.count == 1 ? "" : "s"), \(byteText(bytes))"
    if dryRun || items.isEmpty {
      options.say(dryRun ? "would remove \(sum)" : "nothing to remove")
      return tell(plan, removed: 0)
    }
    try confirm("Remove \(sum)?", yes: yes)
    let refusals = try pruner.remove(items)
    options.warn(refusals)
    options.say("removed \(items.count - refusals.count) of \(sum)")
    tell(plan, removed: items.count - refusals.count)
    if !refusals.isEmpty { throw ExitCode(1) }
  }

  private func rule() throws -> Pruner.Rule {
    var rule = Pruner.Rule()
    guard let age = seconds(olderThan) else {
      throw Failure(
        "--older-than \(printable(olderThan)) is no time", hint: "as in 30d, 12h, 90m",
        status: .usage)
    }
    rule.olderThan = age
    rule.experiment = experiment
    rule.keep = keep
    rule.directories = directories
    if let active = state.first(where: \.isActive) {
      throw Failure(
        "--state \(active.rawValue): active runs keep everything",
        hint: "cancel them first, or name a state in which runs have ended", status: .usage)
    }
    if !state.isEmpty { rule.states = state }
    if let quota {
      guard let bytes = byteCount(quota) else {
        throw Failure(
          "--quota \(printable(quota)) is no size", hint: "as in 50G, 500M", status: .usage)
      }
      rule.quota = bytes
    }
    return rule
  }

  /// Says where a quota is not met, why, and what would meet it; and all of it as JSON where that is asked for.
  private func tell(_ plan: Pruner.Plan, removed: Int) {
    if table.json { Stream.output.line(json(plan, removed: removed).indented) }
    guard let quota = plan.quota, !quota.isMet else { return }
    let kept =
      quota.keptCheckpoints > 0
      ? "\(byteText(quota.keptCheckpoints)) are kept by --keep \(keep.rawValue)"
      : "nothing else may go"
    options.warn([
      "\(byteText(quota.left)) \(dryRun ? "would be" : "are") left, more than the quota of "
        + "\(byteText(quota.limit)): \(kept)"
    ])
    if let remedy = quota.remedy {
      options.hint("--keep \(remedy.rawValue) would let the quota be met")
    }
  }

  private func json(_ plan: Pruner.Plan, removed: Int) -> JSONValue {
    var object: [String: JSONValue] = [
      "items": .array(
        plan.items.map { item in
          [
            "kind": .string(item.kind.rawValue), "path": .string(item.path),
            "bytes": JSONValue(item.bytes), "run": JSONValue(item.run),
          ]
        }),
      "bytes": JSONValue(plan.items.reduce(0) { $0 + $1.bytes }),
      "removed": JSONValue(removed), "quota": .null,
    ]
    if let quota = plan.quota {
      object["quota"] = [
        "limit": JSONValue(quota.limit), "taken": JSONValue(quota.taken),
        "left": JSONValue(quota.left), "is_met": .bool(quota.isMet),
        "kept_by_keep": JSONValue(quota.keptCheckpoints),
        "met_by_keep": JSONValue(quota.remedy?.rawValue),
      ]
    }
    return .object(object)
  }

  private func show(_ plan: Pruner.Plan, _ project: Project) {
    let items = plan.items
    let rows = items.map { item in
      let path =
        item.path.hasPrefix(project.root + "/")
        ? String(item.path.dropFirst(project.root.count + 1)) : item.path
      return [
        Cell(item.kind.rawValue), Cell(item.run ?? "–", .strong), Cell(byteText(item.bytes)),
        Cell(path, .faint),
      ]
    }
    var list = Table([
      Column("KIND"), Column("RUN"), Column("SIZE", number: true), Column("PATH"),
    ])
    list.rows = rows
    if items.isEmpty { return }
    table.render(json: .null, table: list, style: options.style)
  }
}

extension Pruner.Rule.Keep: ExpressibleByArgument {}

/// Reads `50G`, `500M`, `10K`, `1T` or plain bytes.
private func byteCount(_ text: String) -> Int? {
  let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
  let unit = text.last.flatMap { units[Character($0.uppercased())] }
  guard let number = Int(unit == nil ? text : String(text.dropLast())), number >= 0,
    number <= 1_000_000
      || unit == nil
  else { return nil }
  return number * (unit ?? 1)
}

/// `1.5 GB`: bytes for people, in powers of 1024.
private func byteText(_ bytes: Int) -> String {
  var value = Double(bytes)
  for unit in ["B", "KB", "MB", "GB"] {
    if value < 1024 { return "\(short(value)) \(unit)" }
    value /= 1024
  }
  return "\(short(value)) TB"
}
