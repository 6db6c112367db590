import Foundation

/// Who may train a run: the content of `claims/<token>`.
///
/// The file is made by hard-linking a finished temporary one, which is atomic and never shows an empty
/// file, also on NFS. The job script competes for it when it starts; orchestrate competes for the same
/// name before it gives out another token. Whoever is first decides, so no two starts ever train.
public struct Claim: Equatable, Sendable {
  /// Whether a job started or orchestrate took the token back.
  public enum Kind: String, Sendable {
    case claim, revoked
  }

  public var kind: Kind
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

  /// Reads the file's `key=value` lines; unknown keys are left alone.
  public init?(_ text: String) {
    var fields: [Substring: Substring] = [:]
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      fields[line[..<equals]] = line[line.index(after: equals)...]
    }
    guard let kind = fields["kind"].flatMap({ Kind(rawValue: String($0)) }) else { return nil }
    self.kind = kind
    jobID = fields["job_id"].flatMap { Int($0) }
    restart = fields["restart"].flatMap { Int($0) } ?? 0
    host = fields["host"].map { String($0) }
    time = fields["time"].flatMap { Double($0) }
    if let boot = fields["boot_id"], let pid = fields["pid"].flatMap({ Int32($0) }),
      let start = fields["start_time"].flatMap({ UInt64($0) })
    {
      process = ProcessIdentity(bootID: String(boot), pid: pid, startTime: start)
    }
  }

  /// The path of a token's claim.
  public static func path(runDirectory: String, token: String) -> String {
    "\(runDirectory)/\(RunFile.claims)/\(token)"
  }

  /// The claim that stands for this token, if any.
  public static func standing(runDirectory: String, token: String) -> Claim? {
    let file = path(runDirectory: runDirectory, token: token)
    return (try? readFile(file)).flatMap { Claim(String(decoding: $0, as: UTF8.self)) }
  }

  /// Takes a token back: competes for its claim, so that a job that starts later stops at once.
  /// - Returns: `nil` where the token is revoked now, else the claim of the job that was first.
  /// - Throws: ``FileError``, where nobody can know; the token must not be replaced then.
  public static func revoke(runDirectory: String, token: String) throws -> Claim? {
    let folder = "\(runDirectory)/\(RunFile.claims)"
    try makeDirectory(folder)
    let temporary = "\(folder)/.\(token).\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let text =
      "kind=\(Kind.revoked.rawValue)\ntoken=\(token)\ntime=\(Int(Date().timeIntervalSince1970))\n"
    try writeDurably(text, to: temporary)
    defer { unlink(temporary) }
    if link(temporary, path(runDirectory: runDirectory, token: token)) == 0 {
      try syncDirectory(folder)
      return nil
    }
    guard errno == EEXIST else { throw FileError("claim", folder) }
    guard let claim = standing(runDirectory: runDirectory, token: token) else {
      throw FileError("read the claim in", folder, code: EIO)
    }
    return claim.kind == .revoked ? nil : claim
  }
}
