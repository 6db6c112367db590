import Foundation
import Orchestration
import Terminal

/// Asks before something is done that cannot be undone. Without a terminal nobody is asked: the command
/// fails and names the flag.
func confirm(_ question: String, yes: Bool) throws {
  if yes { return }
  guard isatty(STDIN_FILENO) == 1, Stream.error.isTerminal else {
    throw Failure(
      "cannot ask \"\(question)\": this is no terminal", hint: "add -y to do it without asking",
      status: .usage)
  }
  Stream.error.write("\(question) [y/N] ")
  let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased()
  guard answer == "y" || answer == "yes" else { throw Failure("nothing was done") }
}
