import Foundation
import RunContract
import TestSupport
import Testing

/// A registry that is put back from an older copy, or made anew: what is there is never run over.
@Suite(.timeLimit(.minutes(5))) struct NamesThatAreTaken {
  @Test func anOlderRegistryGivesNoDirectoryTwice() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("dup", "true", seeds: 2)
    try work.jobFile("held", "true")
    try await run("cp", ["-r", work.scratch(".orchestrate"), work.scratch("backup")])
    try await work.succeed("submit", "Jobs/dup.yaml", "--wait")
    try await work.succeed("submit", "Jobs/held.yaml", "--hold")
    let tokens = try namesInFolder(work.scratch("submissions"))
    let held = try #require(tokens.first { $0.hasPrefix("held.") })
    try FileManager.default.removeItem(atPath: work.scratch(".orchestrate"))
    try await run("cp", ["-r", work.scratch("backup"), work.scratch(".orchestrate")])
    // The preview says what will be.
    let preview = try await work.succeed("submit", "Jobs/dup.yaml", "--dry-run", "--json")
    #expect(preview.output.contains("dup-3") && !preview.output.contains("dup-1\\t"), "\(preview)")
    let wait = try await work.succeed("submit", "Jobs/dup.yaml", "--wait")
    #expect(wait.error.contains("2 completed"), "\(wait)")
    #expect(try await work.status("dup").keys.sorted() == ["dup-3", "dup-4"])
    for number in 1...4 { #expect(work.starts("dup", "dup-\(number)").count == 1, "\(number)") }
    // One that waits has no directory yet; it lives, and nobody here would know.
    let again = try await work.succeed("submit", "Jobs/held.yaml", "--hold")
    #expect(again.error.contains("its registry does not know"), "\(again)")
    #expect(again.error.contains("held-1") && again.error.contains(held), "\(again)")
    #expect(try await work.status("held").keys.sorted() == ["held-2"])
    #expect(try await work.succeed("status").error.contains("scancel --me --name=\(held)"))
    // Its script is needed when it starts.
    try await run(
      "find", [work.scratch("submissions"), "-exec", "touch", "-d", "3 hours ago", "{}", "+"])
    let prune = try await work.succeed("prune", "--older-than", "1h", "--yes", "--json")
    #expect(!prune.output.contains(held), "\(prune)")
    #expect(work.scratch.read("submissions/\(held)/script.sh") != nil)
    try await cluster.slurm("scancel", "--me", "--name=\(held)")
    try await work.succeed("cancel", "--experiment", "held", "-y")
  }
}
