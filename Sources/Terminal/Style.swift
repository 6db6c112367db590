import Foundation
import RunContract

/// When to use colour.
public enum ColorChoice: String, Sendable, CaseIterable {
  case auto, always, never
}

/// The colours and emphases of the program's output, by meaning.
public enum Role: Sendable {
  case good, bad, warning, active, faint, strong

  fileprivate var code: String {
    switch self {
    case .good: "32"
    case .bad: "31"
    case .warning: "33"
    case .active: "36"
    case .faint: "2"
    case .strong: "1"
    }
  }
}

/// Colours text, or leaves it alone where the stream is no terminal.
public struct Style: Sendable {
  /// Whether escapes are written.
  public let isColored: Bool

  /// The style of a stream: `auto` colours a terminal, unless NO_COLOR is set or TERM is `dumb`.
  public init(
    _ choice: ColorChoice, for stream: Stream,
    environment: [String: String] = inheritedEnvironment
  ) {
    switch choice {
    case .always: isColored = true
    case .never: isColored = false
    case .auto:
      isColored =
        stream.isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
        && environment["TERM"] != "dumb"
    }
  }

  /// A style that writes no escapes.
  public static let plain = Style(.never, for: .output)

  /// The text in a role's colour.
  public func callAsFunction(_ role: Role?, _ text: String) -> String {
    guard isColored, let role, !text.isEmpty else { return text }
    return "\u{1B}[\(role.code)m\(text)\u{1B}[0m"
  }
}

/// Standard output or standard error.
public enum Stream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Whether a person sees it at once.
  public var isTerminal: Bool { isatty(rawValue) == 1 }

  /// The columns of the terminal; `nil` where the stream is none.
  public var width: Int? {
    var size = winsize()
    guard isTerminal, ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// The rows of the terminal; `nil` where the stream is none.
  public var height: Int? {
    var size = winsize()
    guard isTerminal, ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
      return nil
    }
    return Int(size.ws_row)
  }

  /// Writes a text as it is. A reader that has gone away is no error of ours; a full disk ends the
  /// program, or half of a file would pass for the whole.
  public func write(_ text: String) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes {
        Foundation.write(rawValue, $0.baseAddress, $0.count)
      }
      if count > 0 {
        done += count
      } else if errno == EAGAIN {
        // Somebody who shares the pipe or terminal has made it non-blocking.
        var writable = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        poll(&writable, 1, -1)
      } else if errno != EINTR {
        if self == .output, errno != EPIPE {
          Stream.error.line("error: cannot write the output: \(String(cString: strerror(errno)))")
          exit(1)
        }
        return
      }
    }
  }

  /// Writes a text and a newline.
  public func line(_ text: String = "") { write(text + "\n") }
}
