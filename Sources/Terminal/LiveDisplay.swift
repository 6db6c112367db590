import Foundation
import RunContract

/// Lines at the bottom of the terminal that are drawn anew in place.
///
/// Off a terminal nothing is redrawn: there ``log(_:)`` is all that is seen.
public final class LiveDisplay {
  private let stream: Stream
  private var drawn = 0
  /// Whether lines are redrawn in place.
  public let isLive: Bool

  /// A display on a stream, live where that is a terminal that can move its cursor.
  public init(
    on stream: Stream, enabled: Bool = true,
    environment: [String: String] = inheritedEnvironment
  ) {
    self.stream = stream
    isLive = enabled && stream.isTerminal && environment["TERM"] != "dumb"
  }

  /// Draws these lines in the place of the last ones. Lines beyond the screen's height are left out.
  public func draw(_ lines: [String]) {
    guard isLive else { return }
    let room = max(1, (stream.height ?? 24) - 1)
    let shown = lines.prefix(room)
    // A line that is too long is cut by the terminal: wrapped, it would take more rows than are erased.
    var text = erase + "\u{1B}[?7l"
    for line in shown { text += line + "\n" }
    stream.write(text + "\u{1B}[?7h")
    drawn = shown.count
  }

  /// Writes a line that stays, above the live ones.
  public func log(_ line: String) {
    stream.write(erase + line + "\n")
    drawn = 0
  }

  /// Removes the live lines.
  public func clear() {
    guard drawn > 0 else { return }
    stream.write(erase)
    drawn = 0
  }

  private var erase: String { drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : "" }
}

/// A bar of so many columns, filled to a fraction in eighths of a column.
public func progressBar(_ fraction: Double, width: Int) -> String {
  let fraction = fraction.isFinite ? min(max(fraction, 0), 1) : 0
  let eighths = Int((fraction * Double(width * 8)).rounded())
  let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  let bar = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  return bar + String(repeating: "░", count: max(0, width - bar.count))
}
