import ArgumentParser
import Foundation
import Orchestration
import Scheduler

/// Started by the local executor, never by a user.
struct Supervise: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "supervise",
    abstract: "Start the runs of a local submission.", shouldDisplay: false)

  @Argument(help: "The submission directory.")
  var directory: String

  func perform() async throws {
    let (submission, places) = try LocalSubmission.read(from: directory)
    try await LocalSupervisor(submission, places: places).run()
  }
}
