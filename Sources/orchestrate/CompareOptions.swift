import ArgumentParser
import Reports
import RunContract
import Terminal

/// How a comparison is laid out.
struct CompareOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Order the rows by a column, as --csv names it: corr_weight, val_loss_last, highest_grad_norm.",
      valueName: "column"))
  var sort: String?

  @Flag(help: "With --sort: the highest first.")
  var descending = false

  @Flag(help: "All columns, also where the terminal has no room for them.")
  var wide = false

  @Flag(help: "CSV on standard output, with every column and unrounded numbers.")
  var csv = false

  @Flag(help: "The table in Markdown.")
  var markdown = false

  func validate() throws {
    if csv, markdown { throw ValidationError("choose one of --csv and --markdown") }
    if descending, sort == nil { throw ValidationError("--descending goes with --sort COLUMN") }
  }

  /// Prints a comparison in the form that was asked for.
  func render(
    json: @autoclosure () -> JSONValue, flat: @autoclosure () -> FlatTable,
    table full: @autoclosure () -> Table, _ form: TableOptions, _ options: GlobalOptions
  ) {
    if csv { return Stream.output.line(lines(flat().csv, form)) }
    if markdown { return Stream.output.line(full().markdown.joined(separator: "\n")) }
    if form.json { return form.render(json: json(), table: Table([]), style: options.style) }
    var table = full()
    if !wide, let width = Stream.output.width {
      let fitted = table.fitted(to: width)
      table = fitted.table
      if !fitted.without.isEmpty {
        options.say(
          "not shown for want of room (--wide): \(fitted.without.joined(separator: ", "))")
      }
    }
    form.render(json: .null, table: table, style: options.style)
  }

  private func lines(_ csv: [String], _ form: TableOptions) -> String {
    csv.dropFirst(form.noheader ? 1 : 0).joined(separator: "\n")
  }
}
