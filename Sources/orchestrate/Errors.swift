import ArgumentParser
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
  let style = Style(.auto, for: .error)
  func say(_ message: String, hint: String? = nil) {
    for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
      let isMarked = line.contains(": error: ")
      Stream.error.line(isMarked ? String(line) : style(.bad, "error:") + " " + line)
    }
    if let hint { Stream.error.line(style(.active, "hint:") + " " + hint) }
  }
  switch error {
  case let failure as Failure:
    say(failure.message, hint: failure.hint)
    return failure.status.rawValue
  case let errors as JobFileErrors:
    say("\(errors)")
    return ExitStatus.usage.rawValue
  case let error as ScriptError:
    say("\(error)")
    return ExitStatus.usage.rawValue
  case let error as RegistryError:
    say("\(error)")
    return ExitStatus.failed.rawValue
  case let error as SlurmFailure:
    say("\(error)")
    return (error.isUnreachable ? ExitStatus.unavailable : .failed).rawValue
  case let error as FileError:
    say("\(error)")
    return ExitStatus.failed.rawValue
  case let error as TextFileError:
    say("\(error)")
    return ExitStatus.usage.rawValue
  case is CancellationError:
    return 130
  case let code as ExitCode:
    return code.rawValue
  default:
    let code = Orchestrate.exitCode(for: error)
    let message = Orchestrate.fullMessage(for: error)
    if !message.isEmpty { (code.isSuccess ? Stream.output : Stream.error).line(message) }
    return code.rawValue
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
