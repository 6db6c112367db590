/// Slurm's words for a job's state, of squeue and sacct alike, from 22.05 to 25.x.
package enum JobStateWords {
  /// The one table from Slurm's words to ours.
  package static let table: [String: JobPhase] = [
    // Waits for its first start.
    "PENDING": .pending,
    "CONFIGURING": .pending,
    "POWER_UP_NODE": .pending,
    "RESV_DEL_HOLD": .pending,
    "EXPEDITING": .pending,
    // Has its nodes.
    "RUNNING": .running,
    "SUSPENDED": .running,
    "STOPPED": .running,
    "SIGNALING": .running,
    "RESIZING": .running,
    "STAGE_OUT": .running,
    // Its script is over or is being ended, and Slurm is not done with it yet.
    "COMPLETING": .running,
    // Was started before.
    "REQUEUED": .requeued,
    "REQUEUE_FED": .requeued,
    "REQUEUE_HOLD": .requeued,
    "SPECIAL_EXIT": .requeued,
    "LAUNCH_FAILED": .requeued,
    "GETENV_FAILED": .requeued,
    // No state but a reason to requeue: the nodes could not be set up.
    "RECONFIG_FAIL": .requeued,
    // Over.
    "COMPLETED": .completed,
    "FAILED": .failed,
    "CANCELLED": .cancelled,
    "TIMEOUT": .timedOut,
    "OUT_OF_MEMORY": .outOfMemory,
    "NODE_FAIL": .nodeFailed,
    "BOOT_FAIL": .nodeFailed,
    "PREEMPTED": .preempted,
    // Ended by the latest time that the user set for it: more time would not help.
    "DEADLINE": .cancelled,
    // Another cluster of a federation took it: nothing that we can follow.
    "REVOKED": .unknown("REVOKED"),
    // The words are accounting's own business.
    "UPDATE_DB": .unknown("UPDATE_DB"),
  ]

  /// The words that say no more than our own word for the phase.
  private static let plain: Set = [
    "PENDING", "RUNNING", "REQUEUED", "COMPLETED", "FAILED", "CANCELLED", "TIMEOUT",
    "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED",
  ]

  /// The codes of the states that end a job, as `sacct --state` takes them.
  static let terminalCodes = "BF,CA,CD,DL,F,NF,OOM,PR,TO"

  /// The phase that a word stands for. sacct says who cancelled: `CANCELLED by 1000`.
  static func phase(of text: String) -> JobPhase {
    table[word(text)] ?? .unknown(text)
  }

  /// The word itself where it says more than the phase does.
  static func detail(of text: String) -> String? {
    plain.contains(text) ? nil : text
  }

  private static func word(_ text: String) -> String {
    String(text.prefix { $0 != " " && $0 != "+" })
  }
}
