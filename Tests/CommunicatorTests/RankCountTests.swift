import Communicator
import Testing

@Suite struct RankCounts {
  @Test(arguments: [
    ([:], 1),
    (["SLURM_NTASKS": "2", "SLURM_PROCID": "0", "SLURM_JOB_ID": "7"], 1),
    (["SLURM_STEP_NUM_TASKS": "1", "SLURM_STEP_ID": "0"], 1),
    (["SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_ID": "0", "PMIX_RANK": "3"], 4),
    (["SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_ID": "0", "PMI_RANK": "3", "PMI_SIZE": "4"], 4),
    (["OMPI_COMM_WORLD_SIZE": "1"], 1),
    (["OMPI_COMM_WORLD_SIZE": "2"], 2),
    // mpirun's own helper on each node is a task of a step.
    (["OMPI_COMM_WORLD_SIZE": "8", "SLURM_STEP_NUM_TASKS": "2"], 8),
    (["PMI_SIZE": "3"], 3),
  ])
  func onlyWhatALauncherGivesToEachProcessCounts(
    _ environment: [String: String], _ count: Int
  ) throws {
    #expect(try RankCount(environment: environment).count == count)
  }

  @Test func tasksThatCannotFindEachOtherAreRefused() throws {
    let error = try #require(throws: CommunicatorError.self) {
      try makeCommunicator(environment: ["SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_ID": "0"])
    }
    #expect(error.code == 64)
    #expect(error.description.contains("srun started 2 tasks"))
    #expect(error.description.contains("--mpi=pmix"))
  }

  @Test func oneRankIsAlone() throws {
    let communicator = try makeCommunicator(environment: [:])
    #expect(communicator.rank == 0 && communicator.size == 1)
    #expect(communicator.sum([0.1, 0.2]) == [0.1, 0.2])
    #expect(communicator.maximum(-3) == -3)
    communicator.finish()
  }
}
