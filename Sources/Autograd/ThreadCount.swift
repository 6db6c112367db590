/// The threads that a program's arithmetic may use.
public enum ThreadCount {
  /// What the surroundings ask for: OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, else 1.
  public static func requested(in environment: [String: String]) -> Int {
    for name in ["OMP_NUM_THREADS", "SLURM_CPUS_PER_TASK"] {
      // OpenMP allows a list, one number a nesting level; the first is ours.
      let first = environment[name]?.split(separator: ",").first.flatMap { Int($0) }
      if let first, first > 0 { return min(first, 1024) }
    }
    return 1
  }

  /// Sets the number of threads of ``Crew/shared``. Threads inherit the signals that the caller holds
  /// back.
  public static func use(_ count: Int) { Crew.replaceShared(threads: max(1, count)) }
}
