import Foundation
import RunContract

/// How many places for runs there are, and how many one run fills: its processors.
public struct LocalPlaces: Sendable, Equatable {
  public let count: Int
  public let perRun: Int

  /// Places of which at least one run can be executed.
  public init(count: Int, perRun: Int = 1) {
    self.perRun = min(max(1, perRun), Self.most)
    self.count = min(max(count, self.perRun), Self.most)
  }

  /// No machine has more; each place is a file.
  private static let most = 4096

  /// This machine's processors.
  public static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }
}

/// What the local executor leaves in the submission directory for the supervisor that it starts.
public enum LocalSubmission {
  private static let file = "local.json"

  /// Writes a submission down.
  static func write(_ submission: SubmissionRequest, places: LocalPlaces) throws {
    let json: JSONValue = [
      "token": .string(submission.token), "script": .string(submission.script),
      "working_directory": .string(submission.workingDirectory),
      "is_array": .bool(submission.isArray), "places": JSONValue(places.count),
      "places_per_run": JSONValue(places.perRun), "host": .string(hostName()),
      "tasks": .array(submission.tasks.map { .string($0.runDirectory) }),
    ]
    try writeDurably(json.indented + "\n", to: "\(submission.directory)/\(file)")
  }

  /// The machine that a submission was made on; `nil` where it does not say.
  static func host(of directory: String) -> String? {
    (try? readFile("\(directory)/\(file)")).flatMap { try? JSONValue(parsing: $0) }?["host"]?.string
  }

  /// Whether the supervisor of a local submission lives, or may; `nil` where it is none.
  public static func isAtWork(in directory: String) -> Bool? {
    guard let host = host(of: directory) else { return nil }
    return host != hostName()
      || LocalExecutor.identity(at: "\(directory)/\(LocalSupervisor.identityFile)")?.isAlive == true
  }

  /// Reads a submission and the number of places back.
  /// - Throws: ``FileError`` or ``JSONSyntaxError`` where the directory was not made by us.
  public static func read(from directory: String) throws -> (SubmissionRequest, LocalPlaces) {
    let path = "\(directory)/\(file)"
    let json = try JSONValue(parsing: try readFile(path))
    guard let token = json["token"]?.string, let script = json["script"]?.string,
      let folder = json["working_directory"]?.string, let tasks = json["tasks"]?.array,
      let count = json["places"]?.integer, let perRun = json["places_per_run"]?.integer
    else { throw JSONSyntaxError(description: "\(path) is no local submission") }
    let request = SubmissionRequest(
      token: token, script: script, directory: directory, workingDirectory: folder,
      tasks: tasks.enumerated().compactMap { index, path in
        path.string.map { TaskRequest(index: index, runDirectory: $0) }
      }, isArray: json["is_array"] == .bool(true))
    return (request, LocalPlaces(count: count, perRun: perRun))
  }
}
