import ArgumentParser
import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Terminal

struct Prune: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove checkpoints and directories that nobody needs.",
    discussion: """
      EXAMPLES
        orchestrate prune --dry-run                    what would go, and how much it is
        orchestrate prune --older-than 7d              checkpoints but best and final ones
        orchestrate prune --state failed --keep none   all checkpoints of failed runs
        orchestrate prune --quota 50G                  the oldest first, until 50 GB are left

      Runs that are active keep everything; configs, metrics, logs and the registry are
      never touched. Submission directories that no run refers to and programs that no
      submission uses go too.
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
    help: "Let the checkpoints of ended runs take so much, as in 50G; age counts for nothing.")
  var quota: String?

  @Flag(help: "Say what would go and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  func perform() async throws {
    let rule = try rule()
    let workshop = try Workshop(options)
    if let experiment { _ = try workshop.registry.runs(named: .name(experiment)) }
    options.tell(try await workshop.reconciler.reconcile())
    let pruner = Pruner(project: workshop.project, registry: workshop.registry)
    let items = try pruner.plan(rule, now: now())
    show(items, workshop.project)
    let bytes = items.reduce(0) { $0 + $1.bytes }
    let sum = "\(items.count) item\(items.count == 1 ? "" : "s"), \(byteText(bytes))"
    if dryRun || items.isEmpty {
      return options.say(dryRun ? "would remove \(sum)" : "nothing to remove")
    }
    try confirm("Remove \(sum)?", yes: yes)
    let refusals = try pruner.remove(items)
    options.warn(refusals)
    options.say("removed \(items.count - refusals.count) of \(sum)")
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

  private func show(_ items: [Pruner.Item], _ project: Project) {
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
    if items.isEmpty, !table.json { return }
    table.render(
      json: .array(
        items.map { item in
          [
            "kind": .string(item.kind.rawValue), "path": .string(item.path),
            "bytes": JSONValue(item.bytes), "run": JSONValue(item.run),
          ]
        }), table: list, style: options.style)
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
