import Autograd
import Testing

@Suite struct ThreadCountTests {
  @Test(
    arguments: [
      ([:], 1), (["OMP_NUM_THREADS": "3"], 3), (["SLURM_CPUS_PER_TASK": "4"], 4),
      (["OMP_NUM_THREADS": "2,1", "SLURM_CPUS_PER_TASK": "4"], 2),
      (["OMP_NUM_THREADS": "many", "SLURM_CPUS_PER_TASK": "5"], 5), (["OMP_NUM_THREADS": "0"], 1),
    ] as [([String: String], Int)])
  func requested(environment: [String: String], expected: Int) {
    #expect(ThreadCount.requested(in: environment) == expected)
  }
}
