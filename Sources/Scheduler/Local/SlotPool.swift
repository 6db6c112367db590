import Foundation
import RunContract

/// The places for local runs on this machine, shared by all projects and terminals of one user.
///
/// A place is a file: locked while its supervisor lives, and naming the script that runs in it, so that
/// a script that outlives its supervisor still fills its place.
struct SlotPool: Sendable {
  let directory: String
  let count: Int

  /// A taken place; it is given back by ``release()``.
  struct Slot: Sendable {
    fileprivate let descriptor: Int32

    /// Writes down the process that fills the place.
    func fill(_ process: ProcessIdentity) {
      ftruncate(descriptor, 0)
      try? writeAll(Data(process.text.utf8), to: descriptor, path: "slot")
    }

    /// Gives the place back.
    func release() {
      ftruncate(descriptor, 0)
      close(descriptor)
    }
  }

  /// The pool of this user with so many places.
  /// - Throws: ``FileError`` where the shared folder is missing or not the user's own.
  init(count: Int, environment: [String: String]) throws {
    self.count = max(1, count)
    let base = environment["XDG_RUNTIME_DIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    directory = "\(base)/orchestrate-\(getuid())"
    if mkdir(directory, 0o700) != 0, errno != EEXIST { throw FileError("create", directory) }
    var facts = stat()
    guard lstat(directory, &facts) == 0 else { throw FileError("look at", directory) }
    // In a folder that all may write to, somebody else may have been first.
    guard facts.st_uid == getuid(), facts.st_mode & S_IFMT == S_IFDIR else {
      throw FileError("use", directory, code: EPERM)
    }
  }

  /// Takes a place that is free, or `nil` where all are taken.
  func take() -> Slot? {
    for index in 0..<count {
      let path = "\(directory)/slot-\(index)"
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_APPEND, 0o600)
      guard descriptor >= 0 else { continue }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        continue
      }
      let survivor = (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) }
        .flatMap(ProcessIdentity.init(text:))
      if survivor?.isAlive == true {
        close(descriptor)
        continue
      }
      return Slot(descriptor: descriptor)
    }
    return nil
  }
}
