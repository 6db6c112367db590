import Foundation

/// Closes a file or folder of the user's own to group and others, where it is open to them.
/// - Parameters:
///   - facts: what the file system says of it.
///   - mode: all that may remain, as in `0o700`.
/// - Returns: what the user should know; `nil` where there is nothing to say.
public func closeToOthers(_ path: String, _ facts: stat, to mode: mode_t) -> String? {
  guard facts.st_uid == geteuid(), facts.st_mode & 0o077 != 0 else { return nil }
  let found = String(facts.st_mode & 0o777, radix: 8)
  if chmod(path, facts.st_mode & mode) == 0 {
    let now = String(facts.st_mode & mode, radix: 8)
    return "\(path) was open to other users (mode \(found)); it is closed to them now (\(now))"
  }
  let reason = String(cString: strerror(errno))
  return "\(path) is open to other users (mode \(found)) and cannot be closed: \(reason)"
}
