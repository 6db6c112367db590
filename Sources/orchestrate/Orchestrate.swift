import ArgumentParser
import Foundation

/// The root of the command line.
struct Orchestrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orchestrate",
    abstract:
      "Train on a Slurm cluster: submit, follow, compare, cancel; nothing lost, nothing twice.",
    discussion: """
      EXAMPLES
        orchestrate init                          make a project here
        orchestrate submit Jobs/quadratic.yaml    submit a job file
        orchestrate status --watch                follow what runs
        orchestrate compare --experiment demo     one row a run
        orchestrate cancel 21449738               end a job, a task or a run

      Without Slurm the same runs are executed on this machine (--executor local).
      Exit status: 0 done, 1 failed, 2 nothing matched, 64 usage, 69 Slurm cannot be
      reached, 75 a submission is unconfirmed and is being looked up.
      """,
    version: "0.1.0",
    subcommands: [
      Init.self, Submit.self, Status.self, Logs.self, Compare.self, ReportCommand.self,
      ExportCommand.self,
      Cancel.self,
      Retry.self, Reproduce.self,
      Render.self, Prune.self,
      ConfigCommand.self, Reconcile.self, Supervise.self,
    ])
}

@main
enum Main {
  @MainActor static func main() async {
    // A reader that went away (`orchestrate status | head`) is told by write's own answer.
    signal(SIGPIPE, SIG_IGN)
    // A stream that is closed (`>&-`) would lend its number to the next file that is opened, and what is
    // printed would be written into it.
    for stream in 0...2 where fcntl(Int32(stream), F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
    let arguments = Array(CommandLine.arguments.dropFirst())
    EarlyRegistry.beginIfLikely(arguments)
    do {
      var command = try readCommand(arguments)
      if let command = command as? any PerformedCommand {
        try await command.perform()
      } else {
        try command.run()
      }
      exit(0)
    } catch {
      exit(report(error))
    }
  }
}

/// The command that the words ask for.
///
/// The command's own parser reads them where it understands them all: the tree of all commands takes longer
/// to build than most commands to run. Help, versions and mistakes are the whole tree's.
private func readCommand(_ arguments: [String]) throws -> any ParsableCommand {
  let commands = Orchestrate.configuration.subcommands
  if let word = arguments.first, let command = commands.first(where: { $0._commandName == word }),
    command.configuration.subcommands.isEmpty,
    let parsed = try? command.parseAsRoot(Array(arguments.dropFirst())),
    // For --help it gives a command that prints the help, and calls this one the root.
    type(of: parsed) == command
  {
    return parsed
  }
  try refuseUnknownCommand(arguments)
  return try Orchestrate.parseAsRoot(arguments)
}
