import Foundation
import RunContract

/// What the file system says of the registry's file, before SQLite opens it: whose it is, who may read
/// it, and whether it can be written.
struct RegistryFile {
  let path: String

  /// What this process may do with the file.
  enum Access: Equatable {
    case readWrite
    /// Only reading, for this reason.
    case readOnly(String)
  }

  var folder: String { (path as NSString).deletingLastPathComponent }

  /// Looks at the file and closes it to others where it is ours and too open.
  /// - Returns: what may be done with it, and what a user should know.
  func examine() throws(RegistryError) -> (access: Access, warnings: [String]) {
    var facts = stat()
    guard lstat(path, &facts) == 0 else {
      guard errno == ENOENT else { throw .cannotOpen(path: path, reason: Self.lastReason) }
      try examineFolder()
      return (.readWrite, tightenFolder())
    }
    guard facts.st_mode & S_IFMT == S_IFREG else {
      throw .notAFile(path: path, isLink: facts.st_mode & S_IFMT == S_IFLNK)
    }
    let user = geteuid()
    // Root could, and would look for its own jobs in the place of the owner's.
    guard facts.st_uid == user else {
      let reason = "it belongs to \(Self.userName(facts.st_uid)), and only its owner writes it"
      return (.readOnly(reason), ["\(path) is only read: \(reason)"])
    }
    var warnings = tightenFolder() + [closeToOthers(path, facts, to: 0o600)].compactMap { $0 }
    guard let reason = refusal else { return (.readWrite, warnings) }
    warnings.append("\(path) is only read: \(reason)")
    return (.readOnly(reason), warnings)
  }

  /// A file that is to be made needs a folder that can be written.
  private func examineFolder() throws(RegistryError) {
    if let code = Self.access(folder, W_OK | X_OK) {
      throw .cannotOpen(path: path, reason: "\(folder): \(String(cString: strerror(code)))")
    }
  }

  /// Why the file cannot be written; SQLite makes its log beside it, so the folder counts too.
  private var refusal: String? {
    for place in [path, folder] {
      guard let code = Self.access(place, W_OK) else { continue }
      let what = place == path ? "the file" : "its folder"
      return "\(what) cannot be written (\(String(cString: strerror(code))))"
    }
    return nil
  }

  /// The registry's own folder is the user's alone; a folder of another name is not ours to close.
  private func tightenFolder() -> [String] {
    var facts = stat()
    guard (folder as NSString).lastPathComponent == ".orchestrate", stat(folder, &facts) == 0
    else { return [] }
    return [closeToOthers(folder, facts, to: 0o700)].compactMap { $0 }
  }

  /// The reason why the effective user has no such access; `nil` where it has.
  private static func access(_ place: String, _ mode: Int32) -> Int32? {
    faccessat(AT_FDCWD, place, mode, AT_EACCESS) == 0 ? nil : errno
  }

  private static var lastReason: String { String(cString: strerror(errno)) }

  private static func userName(_ id: uid_t) -> String {
    guard let entry = getpwuid(id), let name = entry.pointee.pw_name else { return "user \(id)" }
    return String(cString: name)
  }
}
