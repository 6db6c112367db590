import Foundation
import RunContract
import TestSupport
import Testing

/// The page that `orchestrate report` makes of real runs.
@Suite struct Reporting {
  private func workspace() async throws -> Workspace {
    let work = try await Workspace()
    try work.jobFile(
      "drawn", measuringTrainer, seeds: 2, parameters: ["penalty: \"<b>'\\\"&bold</b>\""])
    try await work.succeed("submit", "Jobs/drawn.yaml", "--executor", "local")
    return work
  }

  @Test func aPageIsMadeAndOnlyAReportIsReplaced() async throws {
    let work = try await workspace()
    func report(_ arguments: String...) async throws -> Output {
      try await run(
        product("orchestrate"), ["report", "drawn"] + arguments, environment: work.environment,
        in: work.scratch.path)
    }
    let first = try await report("--json", "--title", "<script>alert(1)</script>")
    #expect(first.status == 0, "\(first)")
    let summary = try JSONValue(parsing: first.output)
    #expect(summary["runs"]?.integer == 2 && summary["groups"]?.integer == 1)
    let page = try #require(work.scratch.read("report.html"))
    #expect(summary["bytes"]?.integer == page.utf8.count)
    #expect(page.contains("<svg") && page.contains("drawn-1"))
    #expect(!page.contains("<script>alert") && !page.contains("<b>'"))
    #expect(!page.contains("http-equiv=\"refresh\"") && !page.contains("src=\"http"))

    let second = try await report()
    #expect(second.status == 64 && second.error.contains("--force"), "\(second)")
    #expect(try await report("--force").status == 0)
    try work.scratch.write("mine", to: "letter.html")
    let other = try await report("--output", "letter.html", "--force")
    #expect(other.status == 64 && other.error.contains("is no report"), "\(other)")
    #expect(work.scratch.read("letter.html") == "mine")
    let nowhere = try await report("--output", "no/where.html")
    #expect(nowhere.status == 64 && nowhere.error.contains("no folder"), "\(nowhere)")
    let streamed = try await report("--output", "-", "--by", "seed", "--baseline", "seed=1")
    #expect(streamed.status == 0 && streamed.output.contains("seed=2"), "\(streamed.error)")
    let unknown = try await report("--by", "sead", "--output", "x.html")
    #expect(unknown.status == 64 && unknown.error.contains("did you mean seed?"))
  }
}
