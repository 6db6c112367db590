/// How many ranks this process was started as one of, and by what.
package struct RankCount: Equatable, Sendable {
  /// The number of ranks, at least 1.
  package var count: Int
  /// The program that started them, for messages.
  package var starter: String

  /// Reads the environment. Only what a launcher gives to each process it starts counts:
  /// - `OMPI_COMM_WORLD_SIZE` by Open MPI's `mpirun`;
  /// - `PMI_SIZE` by MPICH's and Intel's `mpiexec`, and by `srun --mpi=pmi2`;
  /// - `SLURM_STEP_NUM_TASKS` by `srun`.
  ///
  /// Not `SLURM_NTASKS`: a job script has it too, and what it starts without srun is one process.
  /// The first of them decides: `mpirun` within a job starts its own helpers by srun.
  /// - Throws: ``CommunicatorError`` where srun started several tasks that cannot find each other.
  package init(environment: [String: String]) throws(CommunicatorError) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) }.map { max($0, 1) } }
    if let count = number("OMPI_COMM_WORLD_SIZE") {
      (self.count, starter) = (count, "mpirun")
      return
    }
    if let count = number("PMI_SIZE") {
      (self.count, starter) = (count, environment["SLURM_STEP_ID"] == nil ? "mpiexec" : "srun")
      return
    }
    (count, starter) = (number("SLURM_STEP_NUM_TASKS") ?? 1, "srun")
    guard count == 1 || environment["PMIX_RANK"] != nil else {
      throw .start(
        "srun started \(count) tasks that cannot find each other: use srun --mpi=pmix (srun "
          + "--mpi=list names what there is), or srun --ntasks=1 for one process")
    }
  }
}
