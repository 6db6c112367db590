import Crypto
import Foundation

/// A secret of this user, by which orchestrate knows again what it wrote itself.
///
/// A registry can be copied from somebody else. What it says is shown, but nothing that it holds is ever
/// submitted unless this user's own orchestrate sealed it (HMAC-SHA-256, RFC 2104).
public struct Seal: Sendable {
  private let key: SymmetricKey

  /// A seal with this secret.
  init(secret: Data) { key = SymmetricKey(data: secret) }

  /// The folder and file of the secret, below `XDG_STATE_HOME` or `~/.local/state`.
  static func path(_ environment: [String: String]) -> String? {
    if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") {
      return "\(folder)/orchestrate/key"
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home)/.local/state/orchestrate/key"
  }

  /// The user's seal, made at the first need.
  /// - Throws: ``FileError`` where there is no place for the secret, or the file is not the user's alone.
  public static func ofUser(
    _ environment: [String: String] = inheritedEnvironment
  ) throws -> Seal {
    guard let path = path(environment) else {
      throw FileError("find a home for", "key", code: ENOENT)
    }
    if let seal = try existing(path) { return seal }
    try makeDirectory((path as NSString).deletingLastPathComponent)
    var secret = Data(count: length)
    for index in secret.indices { secret[index] = UInt8.random(in: 0 ... .max) }
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
    try writeDurably(secret, to: temporary)
    defer { unlink(temporary) }
    // Of several first calls one wins, and all use its secret.
    if link(temporary, path) != 0, errno != EEXIST { throw FileError("create", path) }
    guard let seal = try existing(path) else { throw FileError("read", path, code: EIO) }
    return seal
  }

  private static let length = 32

  private static func existing(_ path: String) throws -> Seal? {
    var facts = stat()
    guard lstat(path, &facts) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError("look at", path)
    }
    let isOurs =
      facts.st_mode & S_IFMT == S_IFREG && facts.st_uid == geteuid() && facts.st_mode & 0o077 == 0
    guard isOurs, facts.st_size == length else { throw FileError("trust", path, code: EACCES) }
    return Seal(secret: try readFile(path))
  }

  /// The seal of a text, as 64 hexadecimal digits.
  public func sign(_ text: String) -> String {
    hex(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
  }

  /// Whether this user sealed the text.
  public func matches(_ signature: String, _ text: String) -> Bool {
    let expected = Array(sign(text).utf8)
    let given = Array(signature.utf8)
    guard expected.count == given.count else { return false }
    return zip(expected, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
