import Foundation
import RunContract

/// A run's directory, as far as a trainer writes to it.
public final class RunDirectory {
  /// The directory.
  public let path: String
  private let metrics: LineFile
  private var lastBeat = -Double.infinity

  /// Opens (and where missing makes) the directory and its metrics file.
  /// - Throws: `FileError` with the system's reason.
  public init(_ path: String) throws {
    self.path = path
    try makeDirectory(path)
    metrics = try LineFile((path as NSString).appendingPathComponent(RunFile.metrics))
  }

  /// The path of a file in it.
  public func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

  /// Appends a record as one whole line.
  public func append(_ record: MetricRecord) throws { try metrics.append(record.line) }

  /// Makes the metrics durable.
  public func sync() throws { try metrics.sync() }

  /// Touches the heartbeat; costs a look at the clock where the last touch was just now.
  /// - Returns: whether it was time to.
  @discardableResult public func beat() -> Bool {
    let now = Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
    guard now - lastBeat >= Double(RunFile.heartbeatInterval) / 2 else { return false }
    lastBeat = now
    // A heartbeat that cannot be written is no reason to stop training.
    let descriptor = open(file(RunFile.heartbeat), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return true }
    futimens(descriptor, nil)
    close(descriptor)
    return true
  }
}
