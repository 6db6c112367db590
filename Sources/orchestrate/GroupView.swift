import Orchestration
import Reports
import RunContract
import Terminal

/// Prints groups of runs side by side and, where there is one, against their baseline.
struct GroupView {
  private let layout: CompareOptions
  private let form: TableOptions
  private let options: GlobalOptions

  init(_ layout: CompareOptions, _ form: TableOptions, _ options: GlobalOptions) {
    self.layout = layout
    self.form = form
    self.options = options
  }

  func show(_ compared: ComparedRuns, by names: [String], _ groups: GroupOptions) throws {
    var report = try groups.groups(compared, by: names)
    if let column = layout.sort {
      do { try report.sort(by: column, descending: layout.descending) } catch {
        throw Failure("--sort: \(error)", status: .usage)
      }
    }
    let baseline = try groups.against(report)
    layout.render(
      json: ["groups": report.json, "baseline": baseline?.json ?? .null],
      flat: baseline?.flat(report.flat) ?? report.flat, table: report.table, form, options)
    if let baseline, !form.json, !layout.csv { show(baseline, report) }
    for note in report.notes { options.say("note: \(note)") }
  }

  private func show(_ baseline: BaselineReport, _ report: GroupReport) {
    Stream.output.line("\n\(baseline.title)\n")
    layout.render(
      json: .null, flat: report.flat, table: baseline.table, form, options)
    let sentences = baseline.sentences(width: Stream.output.width ?? 100)
    Stream.output.line("\n" + sentences.joined(separator: "\n"))
  }
}
