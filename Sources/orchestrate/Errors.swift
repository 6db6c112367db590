import ArgumentParser
import Exports
import Foundation
import JobFiles
import Orchestration
import Registry
import RunContract
import Scheduler
import Scripts
import Terminal

/// Prints what went wrong, for a person, and gives the exit status: the one place where errors become
/// output.
func report(_ error: any Error) -> Int32 {
  if let code = error as? ExitCode { return code.rawValue }
  if let known = explain(error) {
    let style = Style(.auto, for: .error)
    for part in known.message.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = printable(String(part))
      // A line that names its file and column says "error:" itself.
      let isMarked = line.contains(": error: ")
      Stream.error.line(isMarked ? line : style(.bad, "error:") + " " + line)
    }
    if let hint = known.hint { Stream.error.line(style(.active, "hint:") + " " + printable(hint)) }
    return known.status.rawValue
  }
  // The parser's own: help, version, wrong usage.
  let code = Orchestrate.exitCode(for: error)
  let message = Orchestrate.fullMessage(for: error)
  if !message.isEmpty { (code.isSuccess ? Stream.output : Stream.error).line(message) }
  return code.rawValue
}

/// An error of ours as message, hint and exit status; `nil` where it is the parser's.
private func explain(_ error: any Error) -> Failure? {
  switch error {
  case let failure as Failure: failure
  case is JobFileErrors, is ScriptError, is TextFileError: Failure("\(error)", status: .usage)
  case let slurm as SlurmFailure:
    Failure("\(slurm)", status: slurm.isUnreachable ? .unavailable : .failed)
  case is ExportError: Failure("\(error)", status: .usage)
  case let error as RegistryError:
    if case .busy = error {
      Failure("\(error)", hint: "try again when that process has ended")
    } else {
      Failure("\(error)")
    }
  case is FileError, is JSONSyntaxError: Failure("\(error)")
  default: nil
  }
}

/// Says which command was most likely meant; the parser itself suggests options only.
func refuseUnknownCommand(_ arguments: [String]) throws {
  try refuseUnknown(arguments, below: Orchestrate.self, path: ["orchestrate"])
}

private func refuseUnknown(
  _ arguments: [String], below parent: any ParsableCommand.Type, path: [String]
) throws {
  let commands = parent.configuration.subcommands
  guard !commands.isEmpty, let word = arguments.first, !word.hasPrefix("-"), word != "help" else {
    return
  }
  let names = commands.compactMap { $0.configuration.shouldDisplay ? $0._commandName : nil }
  if let next = commands.first(where: { $0._commandName == word }) {
    return try refuseUnknown(Array(arguments.dropFirst()), below: next, path: path + [word])
  }
  throw Failure(
    "`\(path.joined(separator: " "))` has no command \(printable(word))"
      + didYouMean(word, in: names),
    hint: "commands: " + names.joined(separator: ", "), status: .usage)
}
