import Testing
import TestSupport

@Test func aClusterAnswers() async throws {
  let cluster = try await TestCluster.shared()
  #expect(try await cluster.slurm("sinfo", "-h", "-o", "%D", "-p", "all") == "4")
}
