/// What Slurm's commands find in their environment.
///
/// An inherited `SBATCH_*` or `SLURM_*` variable silently changes a job, and `SQUEUE_*` or `SACCT_*`
/// change an answer, so only a short list is handed on.
enum SlurmEnvironment {
  /// What a command of Slurm needs to be found, to find its cluster, its libraries and its user.
  static let allowed = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE",
    "LD_LIBRARY_PATH", "KRB5CCNAME", "SLURM_CONF", "SLURM_CONF_SERVER",
  ]

  /// The environment of sbatch and scancel.
  static func forActions(_ inherited: [String: String]) -> [String: String] {
    inherited.filter { allowed.contains($0.key) }
  }

  /// The environment of squeue, sacct, sinfo and scontrol: English words, times in seconds since
  /// 1970, index lists of any length. Never given to sbatch, which would hand it on to the job.
  static func forQueries(_ inherited: [String: String]) -> [String: String] {
    forActions(inherited).merging([
      "LC_ALL": "C", "SLURM_TIME_FORMAT": "%s", "SLURM_BITSTR_LEN": "0",
    ]) { $1 }
  }
}
