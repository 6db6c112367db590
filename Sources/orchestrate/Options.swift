import ArgumentParser
import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import Terminal

extension ColorChoice: ExpressibleByArgument {}
extension RunState: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument) }
}

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(help: "The project's folder; else the nearest one upwards with .orchestrate/ in it.")
  var project: String?

  @Option(help: "Colour: auto, always or never.")
  var color: ColorChoice = .auto

  /// The style of standard output.
  var style: Style { Style(color, for: .output) }
  /// The style of standard error.
  var errorStyle: Style { Style(color, for: .error) }

  /// The project that the command works on.
  func findProject() throws -> Project { try Project.find(named: project) }

  /// Prints a line for people, on standard error.
  func say(_ text: String) { Stream.error.line(text) }

  /// Prints what a person should know but need not act upon.
  func warn(_ warnings: [String]) {
    for text in Set(warnings).sorted() { say(warning(printable(text))) }
  }

  /// Prints what a look at what is so has found out and done.
  func tell(_ round: Reconciler.Round) {
    for note in round.notes { say(printable(note)) }
    warn(round.warnings)
  }

  /// A warning as it is printed.
  func warning(_ text: String) -> String { errorStyle(.warning, "warning:") + " " + text }

  /// Prints what comes next.
  func hint(_ text: String) { say(errorStyle(.active, "next:") + " " + text) }
}

/// How a table is laid out.
struct TableOptions: ParsableArguments {
  @Flag(help: "JSON on standard output instead of a table.")
  var json = false

  @Flag(help: "No line of headings.")
  var noheader = false

  /// Prints a value in the form that was asked for: the one place that renders data.
  func render(
    json value: @autoclosure () -> JSONValue, table: @autoclosure () -> Table, style: Style
  ) {
    if json { return Stream.output.line(value().indented) }
    var table = table()
    table.hasHeader = !noheader
    let lines = table.lines(style: style, width: Stream.output.width)
    if !lines.isEmpty { Stream.output.line(lines.joined(separator: "\n")) }
  }
}

/// Which executor is meant.
enum ExecutorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, slurm, local
}
