import Foundation

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

  /// Sets the number of threads that oneDNN uses when it is called from the calling thread.
  ///
  /// libgomp reads OMP_NUM_THREADS before `main` begins, so that setting the variable here would come
  /// too late; its own function is asked instead, found among the loaded libraries.
  public static func use(_ count: Int) {
    guard let symbol = dlsym(nil, "omp_set_num_threads") else { return }
    typealias SetThreads = @convention(c) (Int32) -> Void
    unsafeBitCast(symbol, to: SetThreads.self)(Int32(clamping: max(1, count)))
  }
}
