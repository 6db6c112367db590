import Foundation
import RunContract

/// The places for local runs on this machine, shared by all projects and terminals of one user.
///
/// A place is a file: locked while its supervisor lives, and naming the script that runs in it, so that
/// a script that outlives its supervisor still fills its place.
struct SlotPool: Sendable {
  let count: Int
  /// Where the folder may be, the best place first.
  private let bases: [String]

  /// Places that a run has taken; they are given back by ``release()``.
  struct Slots: Sendable {
    fileprivate let descriptors: [Int32]

    /// Writes down the process that fills the places.
    func fill(_ process: ProcessIdentity) {
      for descriptor in descriptors {
        ftruncate(descriptor, 0)
        try? writeAll(Data(process.text.utf8), to: descriptor, path: "slot")
      }
    }

    /// Gives the places back.
    func release() {
      for descriptor in descriptors {
        ftruncate(descriptor, 0)
        close(descriptor)
      }
    }
  }

  /// The pool of this user with so many places.
  /// - Throws: ``FileError`` where the shared folder is missing or not the user's own.
  init(count: Int, environment: [String: String]) throws {
    self.count = max(1, count)
    bases = [environment["XDG_RUNTIME_DIR"], "/tmp"].compactMap { $0 }.filter { !$0.isEmpty }
    _ = try directory()
  }

  /// The folder, made where it is missing: the one of a login goes with its last session, and runs outlive that.
  /// - Throws: ``FileError`` where there is none that is the user's own.
  func directory() throws -> String {
    do { return try Self.directory(in: bases[0]) } catch {
      guard bases.count > 1 else { throw error }
      return try Self.directory(in: bases[1])
    }
  }

  private static func directory(in base: String) throws -> String {
    let directory = "\(base)/orchestrate-\(getuid())"
    if mkdir(directory, 0o700) != 0, errno != EEXIST { throw FileError("create", directory) }
    var facts = stat()
    guard lstat(directory, &facts) == 0 else { throw FileError("look at", directory) }
    // In a folder that all may write to, somebody else may have been first.
    guard facts.st_uid == getuid(), facts.st_mode & S_IFMT == S_IFDIR else {
      throw FileError("use", directory, code: EPERM)
    }
    return directory
  }

  /// Takes so many places at once, or `nil` where fewer are free.
  func take(_ width: Int) -> Slots? {
    guard let directory = try? directory() else { return nil }
    var taken: [Int32] = []
    for index in 0..<count {
      if taken.count == width { break }
      if let descriptor = take(at: "\(directory)/slot-\(index)") { taken.append(descriptor) }
    }
    if taken.count == width { return Slots(descriptors: taken) }
    // Not kept while waiting for the others: two who wait for each other would wait for ever. What is
    // written in a place belongs to whoever filled it and stays.
    for descriptor in taken { close(descriptor) }
    return nil
  }

  /// Locks one place; `nil` where somebody has it.
  private func take(at path: String) -> Int32? {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_APPEND, 0o600)
    guard descriptor >= 0 else { return nil }
    let survivor =
      flock(descriptor, LOCK_EX | LOCK_NB) == 0
      ? (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) } : nil
    guard let survivor, ProcessIdentity(text: survivor)?.isAlive != true else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
