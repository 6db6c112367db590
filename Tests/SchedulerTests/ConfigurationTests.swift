import Scheduler
import TestSupport
import Testing

/// What the configuration file on this machine says, without a question to anybody.
@Suite struct ConfigurationTests {
  @Test(arguments: [
    ("ClusterName=lab\n", "lab"), ("# ClusterName=old\n  clustername = Lab2 # ours\n", "lab2"),
    ("CoreSpecPlugin=x\nClusterName=\"a-b\"\nClusterNam=c", "a-b"), ("NodeName=n1\n", nil),
    ("ClusterName=lab\nNodeName=n1\nClusterName=two\n", "two"),
  ])
  func theClustersName(_ text: String, _ name: String?) throws {
    let scratch = try Scratch()
    let path = try scratch.write(text, to: "slurm.conf")
    #expect(SlurmExecutor(environment: ["SLURM_CONF": path]).cluster == name)
  }

  @Test func aFileThatIsNotThereNamesNone() {
    #expect(SlurmExecutor(environment: ["SLURM_CONF": "/nonexistent"]).cluster == nil)
  }

  @Test func theSiteItselfSaysIt() async throws {
    let slurm = FakeSlurm { _ in
      .success("ClusterName             = Lab\nMaxArraySize = 1001\nMinJobAge = 300 sec\n")
    }
    let site = await SlurmExecutor(environment: [:], runner: slurm).site()
    #expect(site == ExecutorSite(cluster: "lab", showsEndedJobsFor: 300))
  }
}
