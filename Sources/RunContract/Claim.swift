import Foundation

/// Who may train a run: the content of the last file of `claims/<token>`, `claims/<token>.1`, ….
///
/// Each file is made by hard-linking a finished temporary one, which is atomic and never shows an empty
/// file, also on NFS; none is ever changed or removed. The job script competes for the first name when it
/// starts; a later start of the same job, and orchestrate before it gives out another token, compete for
/// the next one. Whoever is first decides, so no two starts ever train.
public struct Claim: Equatable, Sendable {
  /// Whether a job started or orchestrate took the token back.
  public enum Kind: String, Sendable {
    case claim, revoked
  }

  /// What follows on a token that was taken back: whoever did that may be killed before it is recorded.
  public enum Sequel: String, Sendable {
    /// The run is over: somebody cancelled it, or nobody knows what became of it.
    case cancelled, lost
  }

  public var kind: Kind
  /// What follows where the token was taken back; `nil` where the run is submitted anew.
  public var sequel: Sequel?
  /// The executor's job id, where it has one.
  public var jobID: Int?
  /// How often the job had been requeued when it claimed.
  public var restart: Int
  /// The host the job started on.
  public var host: String?
  /// The process of the job script, where it named itself.
  public var process: ProcessIdentity?
  /// Seconds since 1970, UTC.
  public var time: Double?
  /// Which of the token's claims this is, from 0.
  public var generation = 0

  private static let mostRestarts = 1_000_000

  /// Reads the file's `key=value` lines; unknown keys are left alone.
  public init?(_ text: String) {
    var fields: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      fields[line[..<equals]] = line[line.index(after: equals)...]
    }
    guard let kind = fields["kind"].flatMap({ Kind(rawValue: String($0)) }) else { return nil }
    self.kind = kind
    sequel = fields["sequel"].flatMap { Sequel(rawValue: String($0)) }
    jobID = fields["job_id"].flatMap { Int($0) }
    // Whatever a damaged file says.
    restart = min(max(0, fields["restart"].flatMap { Int($0) } ?? 0), Self.mostRestarts)
    host = fields["host"].map { String($0) }
    time = fields["time"].flatMap { Double($0) }
    if let boot = fields["boot_id"], let pid = fields["pid"].flatMap({ Int32($0) }), pid > 1,
      let start = fields["start_time"].flatMap({ UInt64($0) })
    {
      process = ProcessIdentity(bootID: String(boot), pid: pid, startTime: start)
    }
  }

  /// The path of one of a token's claims, the first one where no other is named.
  public static func path(runDirectory: String, token: String, generation: Int = 0) -> String {
    let first = "\(runDirectory)/\(RunFile.claims)/\(token)"
    return generation == 0 ? first : "\(first).\(generation)"
  }

  /// The claim that stands for this token: the last of its chain, if there is one that can be read.
  public static func standing(runDirectory: String, token: String) -> Claim? {
    (try? last(runDirectory: runDirectory, token: token)) ?? nil
  }

  /// Takes back a token that was never claimed, so that a job that starts later stops at once.
  /// - Parameter sequel: what follows, for whoever finds it taken back; `nil` where the run is submitted anew.
  /// - Returns: `nil` where the token is revoked now, else the standing claim of the job that was first.
  /// - Throws: ``FileError``, where nobody can know; the token must not be replaced then.
  public static func revoke(
    runDirectory: String, token: String, sequel: Sequel? = nil
  ) throws -> Claim? {
    try revoke(runDirectory: runDirectory, token: token, sequel: sequel, calls: .system)
  }

  /// Takes a token back from a start that is known to have ended, so that neither that job, requeued by
  /// whomever, nor another one trains under it again.
  /// - Parameter ended: the claim of that start, as ``standing(runDirectory:token:)`` gave it.
  /// - Returns: `nil` where the token is revoked now, else the claim of a start that was first.
  /// - Throws: ``FileError``, where nobody can know; the token must not be replaced then.
  public static func supersede(
    runDirectory: String, token: String, after ended: Claim, sequel: Sequel? = nil
  ) throws -> Claim? {
    try supersede(
      runDirectory: runDirectory, token: token, after: ended, sequel: sequel, calls: .system)
  }
}
