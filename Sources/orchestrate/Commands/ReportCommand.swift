import ArgumentParser
import Foundation
import Orchestration
import Registry
import ReportPage
import Reports
import RunContract
import Terminal

struct ReportCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw runs: one page with curves, tables and a map of what is stable.",
    discussion: """
      EXAMPLES
        orchestrate report sweep --output report.html
        orchestrate report sweep --by penalty,corr_weight
        orchestrate report sweep --baseline penalty=exponential,corr_weight=0.1
        orchestrate report old new --by experiment,penalty --output both.html

      One file without any other: it opens without a network, prints, and can be
      sent by mail. Without --by runs are put together by all parameters that
      differ but the seed. What is counted, and how, is that of `orchestrate
      compare --help`. Only an earlier report is ever overwritten, and only with
      --force.
      """)

  @OptionGroup var choice: RunChoice
  @OptionGroup var groups: GroupOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file that is made; - for standard output.", valueName: "file"))
  var output = "report.html"

  @Option(help: "The page's heading; else the experiments' names.")
  var title: String?

  @Flag(help: "Replace an earlier report.")
  var force = false

  @Flag(help: "What was written, as JSON on standard output.")
  var json = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if output == "-", json {
      throw ValidationError("--json needs standard output, and so does --output -")
    }
  }

  func perform() async throws {
    let workshop = try Workshop(options)
    let file = output == "-" ? nil : ReportFile(absolute(output))
    try file?.check(mayReplace: force)
    let runs = try await choice.runs(workshop, options)
    let charts = ReportedChart.standard(and: groups.metric)
    let compared = try groups.compared(
      runs, reading: charts.map(\.metric), in: workshop.registry)
    let report = try groups.groups(compared, by: groups.names ?? [GroupKey.automatic])
    let content = ReportContent(
      compared, report, try groups.against(report), title: title ?? heading(runs),
      choice: words(runs), charts: charts, now: now())
    let page = Data(reportPage(content))
    guard let file else { return try writeAll(page, to: 1, path: "standard output") }
    try file.write(page, mayReplace: force)
    if json { return Stream.output.line(summary(file, runs, report, page).indented) }
    options.say(
      "wrote \(runs.count) runs in \(report.groups.count) groups to \(file.path) "
        + "(\(size(page.count)))")
  }

  private func heading(_ runs: [RunRecord]) -> String {
    let names = Set(runs.map(\.experiment)).sorted()
    return names.prefix(4).joined(separator: ", ")
      + (names.count > 4 ? " and \(names.count - 4) more" : "")
  }

  /// How the runs were chosen, as the command line says it.
  private func words(_ runs: [RunRecord]) -> String {
    let filters =
      choice.conditions.map { "\($0.name)\($0.comparison.rawValue)\($0.value.text)" }
      + choice.state.map { "state \($0.rawValue)" } + (choice.since.map { ["since \($0)"] } ?? [])
    let names = choice.targets + choice.experiment
    return "\(runs.count) runs of \(names.joined(separator: ", "))"
      + (filters.isEmpty ? "" : " with \(filters.joined(separator: ", "))")
  }

  private func summary(
    _ file: ReportFile, _ runs: [RunRecord], _ report: GroupReport, _ page: Data
  ) -> JSONValue {
    [
      "path": .string(file.path), "runs": JSONValue(runs.count),
      "groups": JSONValue(report.groups.count), "bytes": JSONValue(page.count),
    ]
  }

  private func size(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\((bytes + 999) / 1000) kB" : "\(short(Double(bytes) / 1e6)) MB"
  }
}
