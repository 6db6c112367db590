import Foundation
import ReportPage
import RunContract
import TestSupport
import Testing

@Suite("The report's page")
struct PageTests {
  @Test("is well-formed, refers to nothing outside, and is the same each time")
  func wellFormed() throws {
    let page = reportPage(Samples.sweep())
    let reading = try PageReading(page)
    #expect(reading.fault == nil)
    #expect(reading.count("figure", "chart") == 8)
    let references = ["src", "href", "srcset", "action", "data"]
    #expect(
      !reading.elements.contains { element in references.contains { element.attributes[$0] != nil }
      })
    let text = String(decoding: page, as: UTF8.self)
    #expect(!text.contains("url(") && !text.contains("@import"))
    #expect(text.contains("default-src 'none'"))
    #expect(page == reportPage(Samples.sweep()))
  }

  @Test("without runs says so; without metrics has no charts")
  func empty() throws {
    let nothing = ReportContent(title: "", madeAt: "", version: "", choice: "")
    let reading = try PageReading(reportPage(nothing))
    #expect(reading.fault == nil)
    #expect(reading.text.contains("no runs were chosen"))
    var content = nothing
    content.runs = [
      ReportedRun(
        name: "r", experiment: "e", group: nil, state: "completed", outcome: .noMetrics)
    ]
    let bare = try PageReading(reportPage(content))
    #expect(bare.fault == nil)
    #expect(bare.count("figure") == 0)
    #expect(bare.text.contains("1 run: 1 no metrics"))
  }

  @Test("shows one value as a dot, and values that are not finite on the upper edge")
  func oneValue() throws {
    let one = try PageReading(reportPage(Samples.course([0.5])))
    #expect(one.fault == nil)
    #expect(one.paths("p").contains { $0.hasSuffix("h0") })
    #expect(one.count("div", "strip") == 0)

    let broken = try PageReading(reportPage(Samples.course([.nan, .infinity, -.infinity])))
    #expect(broken.fault == nil)
    #expect(broken.count("div", "strip") == 1)
    #expect(broken.paths("n c0").first?.split(separator: "M").count == 3)
    #expect(!broken.paths("m").contains { !$0.isEmpty })
  }

  @Test(
    "takes extreme values and epochs without a fault",
    arguments: [
      [1e308, -1e308], [.leastNonzeroMagnitude, 0], [.leastNormalMagnitude / 1e12, 1e308, .nan],
      [-1, -2, -3], [7, 7, 7],
    ])
  func extremes(values: [Double]) throws {
    for isLogarithmic in [false, true] {
      var content = Samples.course(values)
      content.charts[0].isLogarithmic = isLogarithmic
      let reading = try PageReading(reportPage(content))
      #expect(reading.fault == nil)
    }
    var content = Samples.course([])
    content.runs[0].series = [
      ReportedSeries(
        name: "loss",
        points: zip([Int.min, 0, Int.max], values).map { .init(epoch: $0, value: $1) })
    ]
    let reading = try PageReading(reportPage(content))
    #expect(reading.fault == nil)
  }

  @Test("counts runs by outcome, node-hours by what became of them, explosions by parameters")
  func sums() throws {
    let content = Samples.sweep()
    let reading = try PageReading(reportPage(content))
    let exploded = content.runs.count { $0.outcome == .exploded }
    #expect(reading.text.contains("30 runs:") && reading.text.contains("\(exploded) exploded"))
    #expect(reading.text.contains("1 run with damaged metric lines"))
    #expect(reading.text.contains("Explosion rate"))
    #expect(reading.text.contains("Median highest gradient norm"))
    let hours = content.runs.compactMap(\.nodeHours).reduce(0, +)
    #expect(reading.text.contains(String(format: "%.1f", hours)))
  }

  @Test("names runs that are in no group, and groups that are not drawn")
  func leftOver() throws {
    var content = Samples.sweep()
    content.runs[0].group = 99
    let all = try PageReading(reportPage(content))
    #expect(all.text.contains("in no group"))
    let few = try PageReading(reportPage(content, limits: ReportLimits(groups: 3)))
    #expect(few.fault == nil)
    #expect(few.text.contains("Drawn are the first 3 of 7 groups."))
  }

  @Test("a thousand runs of 200 epochs and 12 metrics stay below 5 MB")
  func large() throws {
    let content = Samples.sweep(
      penalties: ["quadratic", "exponential", "clamped", "linear"],
      weights: [0, 0.01, 0.1, 0.5, 1],
      clips: ["0.5", "1"], seeds: 25, epochs: 200,
      metrics: Samples.metrics + ["accuracy", "val_c_input", "val_c_target", "learning_rate"])
    #expect(content.runs.count == 1000)
    let start = ContinuousClock.now
    let page = reportPage(content)
    let took = ContinuousClock.now - start
    #expect(page.count < 5_000_000)
    #expect(page.count > 1_000_000)
    // The bound holds on a busy machine too; alone it takes a tenth.
    #expect(took < .seconds(10))
    let reading = try PageReading(page)
    #expect(reading.fault == nil)
    #expect(reading.text.contains("Single runs, which the script shows, have at most"))
    if ProcessInfo.processInfo.environment["REPORT_PAGE_SAMPLES"] != nil {
      print("1000 × 200 × 12: \(page.count) bytes, \(took); \(peakMemory)")
    }
  }

  @Test("samples are written where REPORT_PAGE_SAMPLES names a folder")
  func samples() throws {
    guard let folder = ProcessInfo.processInfo.environment["REPORT_PAGE_SAMPLES"] else { return }
    let contents = [
      ("sweep", Samples.sweep()),
      (
        "map",
        Samples.sweep(
          penalties: ["quadratic", "exponential", "clamped"], weights: [0, 0.01, 0.1, 1],
          clips: ["0.5", "1", "none"])
      ),
      ("hostile", Samples.hostile("\"><script>alert(1)</script>\u{202E}abc")),
      ("one", Samples.course([0.5])),
      ("broken", Samples.course([.nan, .infinity])),
    ]
    for (name, content) in contents {
      try Data(reportPage(content)).write(to: URL(fileURLWithPath: "\(folder)/\(name).html"))
    }
  }

  /// The most memory that the process has had, as Linux tells it.
  private var peakMemory: String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    return status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }.map(String.init)
      ?? "unknown"
  }
}
