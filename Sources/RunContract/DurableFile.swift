import Foundation
import Synchronization

/// A file operation that the system refused.
public struct FileError: Error, CustomStringConvertible, Sendable {
  /// The path that it was about.
  public let path: String
  /// What was tried, as in "write".
  public let action: String
  /// The system's number for the reason.
  public let code: Int32

  /// What is wrong where the system's words for the reason would not tell.
  private let words: String?

  /// "cannot write runs/a: No space left on device".
  public var description: String {
    "cannot \(action) \(path): \(words ?? String(cString: strerror(code)))"
  }

  /// An error of the last system call.
  public init(_ action: String, _ path: String, code: Int32 = errno, reason: String? = nil) {
    self.action = action
    self.path = path
    self.code = code
    words = reason
  }
}

/// Writes a whole file so that a crash at any moment leaves the old content or the new, never a part:
/// temporary name in the same folder, fsync, rename, fsync of the folder.
/// - Throws: ``FileError`` with the system's reason; nothing is left behind then.
public func writeDurably(_ data: Data, to path: String, mode: mode_t = 0o600) throws {
  try writeFlushed(data, to: path, mode: mode)
  try syncDirectory((path as NSString).deletingLastPathComponent)
}

/// Writes a whole file whose content is on disk before it has the name; the name itself may be lost in a crash.
/// - Throws: ``FileError`` with the system's reason; nothing is left behind then.
func writeFlushed(_ data: Data, to path: String, mode: mode_t = 0o600) throws {
  try replace(path, with: data, mode: mode) { descriptor in
    guard fsync(descriptor) == 0 else { throw FileError("flush", path) }
  }
}

/// Writes a whole file so that nobody ever sees a part of it, without waiting for the disk: for what can be
/// made again where a crash takes it away or leaves it damaged.
/// - Throws: ``FileError`` with the system's reason; nothing is left behind then.
package func writeWhole(_ text: String, to path: String, mode: mode_t = 0o600) throws {
  try replace(path, with: Data(text.utf8), mode: mode) { _ in }
}

private func replace(
  _ path: String, with data: Data, mode: mode_t, flush: (Int32) throws -> Void
) throws {
  let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
  guard descriptor >= 0 else { throw FileError("create", path) }
  do {
    defer { close(descriptor) }
    try writeAll(data, to: descriptor, path: path)
    try flush(descriptor)
  } catch {
    unlink(temporary)
    throw error
  }
  guard rename(temporary, path) == 0 else {
    let error = FileError("replace", path)
    unlink(temporary)
    throw error
  }
}

/// Writes a text durably; see ``writeDurably(_:to:mode:)-(Data,_,_)``.
public func writeDurably(_ text: String, to path: String, mode: mode_t = 0o600) throws {
  try writeDurably(Data(text.utf8), to: path, mode: mode)
}

/// Writes files that must not be there yet and makes them and their names durable, all at once: a disk that
/// is busy takes as long for one as for all of them.
/// - Parameters:
///   - files: what is to be in each file, by its path.
///   - folders: whose names are made durable, too.
/// - Throws: ``FileError`` with the system's reason.
public func writeNew(
  _ files: [(path: String, text: String)], in folders: [String], mode: mode_t = 0o600
) throws {
  var descriptors: [(path: String, number: Int32)] = []
  defer { for descriptor in descriptors { close(descriptor.number) } }
  for (path, text) in files {
    let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard number >= 0 else { throw FileError("create", path) }
    descriptors.append((path, number))
    try writeAll(Data(text.utf8), to: number, path: path)
  }
  for path in folders {
    let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw FileError("open", path) }
    descriptors.append((path, number))
  }
  try sync(descriptors)
}

/// Two at a time: that hides most of what a slow disk takes, and each thread more costs what a good one does.
private func sync(_ descriptors: [(path: String, number: Int32)]) throws {
  let half = descriptors.count / 2
  let failure = Mutex<FileError?>(nil)
  let other = DispatchGroup()
  if half > 0 {
    other.enter()
    onNewThread {
      do throws(FileError) { try flush(descriptors[..<half]) } catch {
        failure.withLock { $0 = error }
      }
      other.leave()
    }
  }
  let own = Result { () throws(FileError) in try flush(descriptors[half...]) }
  other.wait()
  if let failure = failure.withLock({ $0 }) { throw failure }
  try own.get()
}

private func flush(
  _ descriptors: ArraySlice<(path: String, number: Int32)>
) throws(FileError) {
  for (path, number) in descriptors where fsync(number) != 0 { throw FileError("flush", path) }
}

/// Writes all bytes to a descriptor, going on after partial writes and interruptions.
public func writeAll(_ data: Data, to descriptor: Int32, path: String) throws {
  try data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, base + done, bytes.count - done)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError("write", path) }
      done += count
    }
  }
}

/// Makes the names inside a folder durable.
public func syncDirectory(_ path: String) throws {
  let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError("open", path) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw FileError("flush", path) }
}

/// Makes a folder and those above it, each for the user alone.
/// - Throws: ``FileError`` with the system's reason.
public func makeDirectory(_ path: String) throws {
  if mkdir(path, 0o700) == 0 { return }
  let error = FileError("create", path)
  switch error.code {
  case EEXIST where isDirectory(path): return
  case ENOENT:
    let parent = (path as NSString).deletingLastPathComponent
    guard !parent.isEmpty, parent != path else { throw error }
    try makeDirectory(parent)
    // Somebody else may have been faster.
    guard mkdir(path, 0o700) == 0 || (errno == EEXIST && isDirectory(path)) else {
      throw FileError("create", path)
    }
  default: throw error
  }
}

private func isDirectory(_ path: String) -> Bool {
  var facts = stat()
  return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
}

/// The names in a folder; none where there is no such folder.
/// - Throws: ``FileError`` where it cannot be looked at.
public func namesInFolder(_ path: String) throws -> [String] {
  do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch {
    var status = stat()
    if stat(path, &status) != 0, errno == ENOENT || errno == ENOTDIR { return [] }
    // It may have been made at this very moment.
    let code = posixCode(of: error)
    if code == ENOENT { return [] }
    throw FileError("list", path, code: code)
  }
}

/// Reads a whole file. A pipe is none: opening it would wait for its writer.
/// - Throws: ``FileError`` with the system's reason.
public func readFile(_ path: String) throws -> Data {
  guard !isPipe(path) else { throw FileError("read", path, code: EINVAL) }
  return try readFileOrPipe(path)
}

/// Reads a whole file, or what a shell's `<(…)` writes.
/// - Throws: ``FileError`` with the system's reason.
public func readFileOrPipe(_ path: String) throws -> Data {
  do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    throw FileError("read", path, code: isFolder ? EISDIR : posixCode(of: error))
  }
}

/// Whether a path leads to a pipe, which nobody of ours makes in a run's directory.
public func isPipe(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
}

/// The system's number for the reason of an error of Foundation's; EIO where it does not say.
package func posixCode(of error: any Error) -> Int32 {
  let error = error as NSError
  if let under = error.userInfo[NSUnderlyingErrorKey] as? NSError,
    under.domain == NSPOSIXErrorDomain
  {
    return Int32(under.code)
  }
  switch CocoaError.Code(rawValue: error.code) {
  case .fileReadNoSuchFile, .fileNoSuchFile: return ENOENT
  case .fileReadNoPermission, .fileWriteNoPermission: return EACCES
  case .fileWriteOutOfSpace: return ENOSPC
  case .fileWriteFileExists: return EEXIST
  default: return EIO
  }
}
