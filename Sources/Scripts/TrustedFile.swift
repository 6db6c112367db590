import Foundation
import RunContract

/// A file whose content will be run in the user's name, so that only the user, or root, may have written
/// it.
package enum TrustedFile {
  /// The file's text; `nil` where there is no such file.
  /// - Throws: ``ScriptError`` where it is a symbolic link, no regular file, belongs to another user, can
  ///   be written by others, or is no text.
  package static func read(_ path: String) throws(ScriptError) -> String? {
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: return nil
      case ELOOP:
        throw ScriptError(
          "the template \(path) is a symbolic link", hint: "put the file itself there")
      default: throw ScriptError("\(path): \(String(cString: strerror(errno)))")
      }
    }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      throw ScriptError("\(path): \(String(cString: strerror(errno)))")
    }
    if let complaint = complaint(
      owner: facts.st_uid, group: facts.st_gid, mode: facts.st_mode, reader: geteuid())
    {
      throw ScriptError("the template \(path) \(complaint.message)", hint: complaint.hint(path))
    }
    do { return try readText(from: descriptor, path) } catch {
      throw ScriptError(error.description)
    }
  }

  /// Why a file cannot be trusted, or `nil`.
  ///
  /// A group may write where it is the user's private one, which has the user's own number: there a file
  /// is made so without anybody's wish.
  package static func complaint(
    owner: uid_t, group: gid_t, mode: mode_t, reader: uid_t
  ) -> (message: String, hint: (String) -> String)? {
    guard mode & S_IFMT == S_IFREG else { return nil }  // which the reader says
    if owner != reader, owner != 0 {
      return (
        "belongs to another user (uid \(owner)), who could make your jobs run anything",
        { "read it, then make a copy of your own in its place: \($0)" }
      )
    }
    if mode & S_IWOTH != 0 || (mode & S_IWGRP != 0 && group != reader) {
      return (
        "can be written by others, who could make your jobs run anything",
        { "chmod go-w \(shellQuoted($0))" }
      )
    }
    return nil
  }
}
