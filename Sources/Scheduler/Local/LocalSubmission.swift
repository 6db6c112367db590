import Foundation
import RunContract

/// What the local executor leaves in the submission directory for the supervisor that it starts.
public enum LocalSubmission {
  private static let file = "local.json"

  /// Writes a submission down.
  static func write(_ submission: SubmissionRequest, slots: Int) throws {
    let json: JSONValue = [
      "token": .string(submission.token), "script": .string(submission.script),
      "working_directory": .string(submission.workingDirectory),
      "is_array": .bool(submission.isArray), "slots": JSONValue(slots), "host": .string(hostName()),
      "tasks": .array(submission.tasks.map { .string($0.runDirectory) }),
    ]
    try writeDurably(json.indented + "\n", to: "\(submission.directory)/\(file)")
  }

  /// The machine that a submission was made on; `nil` where it does not say.
  static func host(of directory: String) -> String? {
    (try? readFile("\(directory)/\(file)")).flatMap { try? JSONValue(parsing: $0) }?["host"]?.string
  }

  /// Reads a submission and the number of places back.
  /// - Throws: ``FileError`` or ``JSONSyntaxError`` where the directory was not made by us.
  public static func read(from directory: String) throws -> (SubmissionRequest, slots: Int) {
    let path = "\(directory)/\(file)"
    let json = try JSONValue(parsing: try readFile(path))
    guard let token = json["token"]?.string, let script = json["script"]?.string,
      let folder = json["working_directory"]?.string, let tasks = json["tasks"]?.array,
      let slots = json["slots"]?.integer
    else { throw JSONSyntaxError(description: "\(path) is no local submission") }
    let request = SubmissionRequest(
      token: token, script: script, directory: directory, workingDirectory: folder,
      tasks: tasks.enumerated().compactMap { index, path in
        path.string.map { TaskRequest(index: index, runDirectory: $0) }
      }, isArray: json["is_array"] == .bool(true))
    return (request, slots)
  }
}
