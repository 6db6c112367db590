import ArgumentParser
import Foundation
import Training

/// A message for people, to standard error.
func warn(_ message: String) {
  FileHandle.standardError.write(Data("train: \(message)\n".utf8))
}

/// Runs `body`; an error ends the program with its message and its exit code.
func orExit<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch {
    warn("\(error)")
    throw ExitCode(exitCode(of: error))
  }
}

/// The progress of long work on standard error: at most one message a second, the first after one
/// second; on a terminal each over the one before.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var last = DispatchTime.now().uptimeNanoseconds
  private var isShowing = false

  func show(_ message: String) {
    let now = DispatchTime.now().uptimeNanoseconds
    guard now - last >= 1_000_000_000 else { return }
    last = now
    isShowing = true
    let text = isTerminal ? "\r\u{1B}[K\(message)" : "\(message)\n"
    FileHandle.standardError.write(Data(text.utf8))
  }

  func end() {
    if isTerminal, isShowing { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}
