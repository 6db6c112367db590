import Foundation
import RunContract

/// A run's directory, as far as a trainer writes to it.
public final class RunDirectory {
  /// The directory.
  public let path: String
  private let metrics: Int32
  private var lastBeat = -Double.infinity

  /// Opens (and where missing makes) the directory and its metrics file.
  /// - Throws: `FileError` with the system's reason.
  public init(_ path: String) throws {
    self.path = path
    try makeDirectory(path)
    let file = (path as NSString).appendingPathComponent(RunFile.metrics)
    metrics = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard metrics >= 0 else { throw FileError("open", file) }
    try endTornLine(file)
  }

  deinit { close(metrics) }

  /// The path of a file in it.
  public func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

  /// Appends a record as one whole line, by one call of write(2).
  public func append(_ record: MetricRecord) throws {
    try writeAll(Data((record.line + "\n").utf8), to: metrics, path: file(RunFile.metrics))
  }

  /// Touches the heartbeat; costs a look at the clock where the last touch was just now.
  public func beat() {
    let now = Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
    guard now - lastBeat >= Double(RunFile.heartbeatInterval) / 2 else { return }
    lastBeat = now
    // A heartbeat that cannot be written is no reason to stop training.
    let descriptor = open(file(RunFile.heartbeat), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    futimens(descriptor, nil)
    close(descriptor)
  }

  /// A writer that was killed may have left a line without its end: the next one begins anew.
  private func endTornLine(_ path: String) throws {
    let size = lseek(metrics, 0, SEEK_END)
    guard size > 0 else { return }
    var last: UInt8 = 0
    guard pread(metrics, &last, 1, size - 1) == 1 else { throw FileError("read", path) }
    if last != UInt8(ascii: "\n") { try writeAll(Data("\n".utf8), to: metrics, path: path) }
  }
}
