import Foundation
import Registry
import RunContract
import Scheduler

/// What a run's directory says of the run's current submission.
public struct RunFolder: Sendable {
  let run: RunRecord

  /// The directory of a run.
  public init(_ run: RunRecord) { self.run = run }

  /// The claim of the current token.
  public var claim: Claim? {
    run.token.flatMap { Claim.standing(runDirectory: run.directory, token: $0) }
  }

  /// How the start that holds the claim ended; a record of another token or an earlier start does not
  /// count.
  public var exitRecord: ExitRecord? {
    guard let data = try? readFile("\(run.directory)/\(RunFile.exit)"),
      let record = ExitRecord(data), record.token == run.token, let claim,
      record.restart == claim.restart
    else { return nil }
    return record
  }

  /// The trainer's output, else the log of the job before it began; `nil` where there is neither.
  public var log: String? {
    var candidates = ["\(run.directory)/\(RunFile.output)"]
    if let submission = run.submissionDirectory {
      candidates.append(JobLog.path(directory: submission, arrayIndex: run.arrayTask))
    }
    return candidates.first { access($0, R_OK) == 0 && !isPipe($0) }
  }
}
