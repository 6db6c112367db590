import Foundation

/// Closes a file or folder of the user's own to group and others, where it is open to them.
/// - Parameters:
///   - facts: what the file system says of it.
///   - mode: all rights that may remain, as in `0o700`.
/// - Returns: what the user should know; `nil` where there is nothing to say.
public func closeToOthers(_ path: String, _ facts: stat, to mode: mode_t) -> String? {
  guard facts.st_uid == geteuid(), facts.st_mode & 0o077 != 0 else { return nil }
  let found = String(facts.st_mode & 0o777, radix: 8)
  // A folder's setgid bit decides to which group new files belong.
  let isChanged = chmod(path, facts.st_mode & (mode | 0o7000)) == 0
  var reason = String(cString: strerror(errno))
  var after = stat()
  if isChanged, lstat(path, &after) == 0 {
    if after.st_mode & 0o077 == 0 {
      let now = String(after.st_mode & 0o777, radix: 8)
      return "\(path) was open to other users (mode \(found)); it is closed to them now (\(now))"
    }
    reason = "this file system keeps it so"
  }
  return "\(path) is open to other users (mode \(found)) and cannot be closed: \(reason)"
}
