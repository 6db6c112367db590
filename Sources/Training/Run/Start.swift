import Foundation
import RunContract

/// The start of a run that orchestrate made this process for.
public struct Start: Sendable, Equatable {
  /// The token of the submission.
  public let token: String
  /// How often the job was requeued before.
  public let restart: Int

  /// The start that the environment names; `nil` where the trainer was called by hand.
  public init?(environment: [String: String]) {
    guard let token = environment[EnvironmentName.token], !token.isEmpty else { return nil }
    self.token = token
    restart = environment[EnvironmentName.restart].flatMap { Int($0) } ?? 0
  }

  /// Whether the run directory still belongs to this start: its `owner` is `<token> <restart>`.
  public func owns(_ directory: String) -> Bool {
    let path = (directory as NSString).appendingPathComponent(RunFile.owner)
    guard let data = try? readFile(path) else { return false }
    let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    return words.count == 2 && words[0] == token && Int(words[1]) == restart
  }

  /// Writes `exit.json`, unless the directory belongs to another start by now.
  /// - Returns: the code to exit with: `code`, or 76 where nothing was written.
  /// - Throws: `FileError` where the file cannot be written.
  public func recordExit(_ code: Int32, in directory: String) throws -> Int32 {
    guard owns(directory) else { return TrainerExit.claimRefused.rawValue }
    let record = ExitRecord(
      token: token, restart: restart, code: Int(code), time: Date().timeIntervalSince1970)
    let path = (directory as NSString).appendingPathComponent(RunFile.exit)
    try writeDurably(record.text, to: path)
    return code
  }
}
