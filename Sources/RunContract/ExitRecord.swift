import Foundation

/// The content of `exit.json`: how one start of a run ended.
///
/// It counts only together with the token and the restart count of the start it speaks of.
public struct ExitRecord: Equatable, Sendable {
  /// The token that the run was started under.
  public var token: String
  /// How often the job had been requeued before this start.
  public var restart: Int
  /// The exit status as a shell gives it: 128 + n after signal n.
  public var code: Int
  /// Seconds since 1970, UTC.
  public var time: Double
  /// Whether a process of the job was killed because it had no more memory.
  public var isOutOfMemory: Bool
  /// Whether the trainer began at all: Slurm may have failed to launch it.
  public var wasLaunched: Bool
  /// How many ranks there were, where each of them has said that it came to its good end.
  public var ranks: Int?
  /// Whether Slurm gave ranks up that have said nothing of their end, as when their node failed.
  public var areRanksLost: Bool
  /// Whether the status is that of a rank's trainer itself, and not one that Slurm made.
  public var isOfARank: Bool
  /// Whether another job took its place: with a grace time Slurm tells the trainer to end and calls it a failure.
  public var wasPreempted: Bool

  /// A record of one end.
  public init(
    token: String, restart: Int, code: Int, time: Double, isOutOfMemory: Bool = false,
    wasLaunched: Bool = true, ranks: Int? = nil, areRanksLost: Bool = false,
    isOfARank: Bool = false, wasPreempted: Bool = false
  ) {
    self.token = token
    self.restart = restart
    self.code = code
    self.time = time
    self.isOutOfMemory = isOutOfMemory
    self.wasLaunched = wasLaunched
    self.ranks = ranks
    self.areRanksLost = areRanksLost
    self.isOfARank = isOfARank
    self.wasPreempted = wasPreempted
  }

  /// The file's content, with a newline at its end.
  public var text: String {
    var members: [String: JSONValue] = [
      "token": .string(token), "restart": .number(Double(restart)), "code": .number(Double(code)),
      "time": .number(time),
    ]
    if isOutOfMemory { members["out_of_memory"] = true }
    if !wasLaunched { members["launched"] = false }
    if let ranks { members["ranks"] = .number(Double(ranks)) }
    if areRanksLost { members["ranks_lost"] = true }
    if isOfARank { members["by_rank"] = true }
    if wasPreempted { members["preempted"] = true }
    return JSONValue.object(members).canonical + "\n"
  }

  /// Reads the file's content; `nil` where it is not such a record.
  public init?(_ data: Data) {
    guard let json = try? JSONValue(parsing: data), let token = json["token"]?.string,
      let restart = json["restart"]?.integer, let code = json["code"]?.integer,
      let time = json["time"]?.number, restart >= 0
    else { return nil }
    self.init(
      token: token, restart: restart, code: code, time: time,
      isOutOfMemory: json["out_of_memory"] == true, wasLaunched: json["launched"] != false,
      ranks: json["ranks"]?.integer, areRanksLost: json["ranks_lost"] == true,
      isOfARank: json["by_rank"] == true, wasPreempted: json["preempted"] == true)
  }
}
