/// What Slurm says when it refuses a submission, and what a user can do about it.
///
/// Only words that are listed here make a submission refused; any other failure leaves it
/// unconfirmed, for the job may be in the queue.
struct SlurmRefusal {
  /// What Slurm's message contains.
  let words: String
  /// What helps, where we know.
  let hint: String?

  private init(_ words: String, _ hint: String? = nil) {
    self.words = words
    self.hint = hint
  }

  /// The row that a message falls under.
  static func match(_ message: String) -> SlurmRefusal? {
    if let words = SubmissionOutcome.queueIsFull.first(where: message.contains) {
      return SlurmRefusal(words, "the queue is full; try again later")
    }
    return table.first { message.contains($0.words) }
  }

  /// The words for a partition that does not exist.
  static let unknownPartition = "Invalid partition name specified"

  private static let size =
    "`sinfo -o '%P %D %c %m %G'` shows each partition's nodes, CPUs, memory and GPUs"
  private static let limits =
    "`sacctmgr show associations user=$USER` and `sacctmgr show qos` show your limits"

  /// The more telling of two phrases stands first.
  static let table: [SlurmRefusal] = [
    // Names that do not exist or may not be used.
    .init(unknownPartition, "`sinfo -s` lists the partitions"),
    .init(
      "Invalid account or account/partition combination specified",
      "`sacctmgr show associations user=$USER format=account,partition` lists your accounts"),
    .init("Invalid qos specification", "`sacctmgr show qos format=name` lists the qualities"),
    .init("Invalid feature specification", "`sinfo -o '%P %f'` lists the features of each node"),
    .init("Invalid generic resource (gres) specification", "`sinfo -o '%P %G'` lists the GPUs"),
    .init("Invalid node name specified", "`sinfo -N` lists the nodes"),
    .init("Requested reservation is invalid", "`scontrol show reservation` lists them"),
    .init("Invalid license specification", "`scontrol show licenses` lists them"),
    .init("Invalid wckey specification"),
    .init("Invalid Trackable RESource (TRES) specification"),
    .init("User's group not permitted to use this partition", "choose another partition"),
    .init("Access/permission denied"),
    .init("No cluster '", "`sacctmgr list clusters` lists them"),
    // More than there is or than is allowed.
    .init(
      "Requested time limit is invalid", "`sinfo -o '%P %l'` shows each partition's longest time"),
    .init("Requested node configuration is not available", size),
    .init("Requested partition configuration not available now", size),
    .init("More processors requested than permitted", size),
    .init("Node count specification invalid", size),
    .init("Memory specification can not be satisfied", size),
    .init("Memory required by task is not available", size),
    .init("Requested nodes are busy", size),
    .init("Job violates accounting/QOS policy", limits),
    .init("Job's QOS not permitted to use this partition", limits),
    .init("Job violates", limits),
    .init("Required partition not available", "`sinfo -s` shows which partitions are up"),
    .init(
      "Invalid job array specification",
      "the highest index is below MaxArraySize of `scontrol show config`"),
    .init("Job dependency problem", "a job that it waits for does not exist"),
    .init("Immediate execution impossible"),
    // Options that are written wrongly.
    .init("nrecognized option", "this version of Slurm does not know the option"),
    .init("Invalid directive found in batch script"),
    .init("Unmatched `"),
    .init("Invalid numeric value"),
    .init("Invalid --", "`sbatch --help` shows how it is written"),
    .init("Invalid user id"),
    .init("Invalid group id"),
    // The script itself.
    .init("Unable to open file"),
    .init("This does not look like a batch script"),
    .init("Batch script is empty"),
    .init("Batch script contains DOS line breaks"),
    .init("Pathname of a file, directory or other parameter too long"),
  ]
}
