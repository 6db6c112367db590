import Foundation
import ReportPage
import RunContract
import TestSupport
import Testing

@Suite("The report's page")
struct PageTests {
  @Test("samples are written where REPORT_PAGE_SAMPLES names a folder")
  func samples() throws {
    guard let folder = ProcessInfo.processInfo.environment["REPORT_PAGE_SAMPLES"] else { return }
    for (name, content) in [
      ("sweep", Samples.sweep()),
      (
        "map",
        Samples.sweep(
          penalties: ["quadratic", "exponential", "clamped"], weights: [0, 0.01, 0.1, 1],
          clips: ["0.5", "1", "none"])
      ),
    ] {
      let page = reportPage(content)
      try Data(page).write(to: URL(fileURLWithPath: "\(folder)/\(name).html"))
      print(name, page.count)
    }
  }
}
