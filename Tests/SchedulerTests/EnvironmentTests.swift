import Scheduler
import Testing

@Suite struct EnvironmentTests {
  private let inherited = [
    "PATH": "/bin", "HOME": "/home/u", "USER": "u", "LOGNAME": "u", "TMPDIR": "/tmp",
    "SLURM_CONF": "/etc/slurm.conf", "SLURM_CONF_SERVER": "head", "SLURM_JWT": "ey",
    "SLURM_CPU_BIND": "cores", "SLURM_JOB_ID": "3",
    "SLURM_TIME_FORMAT": "relative", "SBATCH_PARTITION": "gpu", "SBATCH_EXPORT": "ALL",
    "SQUEUE_FORMAT": "%i", "SACCT_FORMAT": "jobid", "SCANCEL_NAME": "x", "SECRET": "s",
    "LC_ALL": "de_DE.UTF-8", "LD_PRELOAD": "/evil.so",
  ]

  private func environment(of name: String) async throws -> [String: String] {
    let slurm = fakeSlurm(queue: [QueueLine()], accounting: [])
    let executor = SlurmExecutor(environment: inherited, runner: slurm)
    let request = SubmissionRequest(
      token: "t", script: "/s", directory: "/", workingDirectory: "/", tasks: [], isArray: false)
    _ = await executor.submit(request)
    _ = await executor.observe([reference(), reference("other")])
    _ = await executor.cancel([reference()])
    return try #require(slurm.commands.first { $0.executable == name }).environment
  }

  @Test(arguments: ["sbatch", "scancel"]) func actions(_ name: String) async throws {
    let expected = [
      "PATH": "/bin", "HOME": "/home/u", "USER": "u", "LOGNAME": "u", "TMPDIR": "/tmp",
      "SLURM_CONF": "/etc/slurm.conf", "SLURM_CONF_SERVER": "head",
      "LC_ALL": "de_DE.UTF-8",
    ]
    #expect(try await environment(of: name) == expected)
  }

  @Test(arguments: ["squeue", "sacct"]) func queries(_ name: String) async throws {
    let expected = [
      "PATH": "/bin", "HOME": "/home/u", "USER": "u", "LOGNAME": "u", "TMPDIR": "/tmp",
      "SLURM_CONF": "/etc/slurm.conf", "SLURM_CONF_SERVER": "head",
      "LC_ALL": "C", "SLURM_TIME_FORMAT": "%s",
      "SLURM_BITSTR_LEN": "0",
    ]
    #expect(try await environment(of: name) == expected)
  }
}
