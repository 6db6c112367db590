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

  /// Seconds between now and when the trainer last showed that it lives; a time far ahead, by a clock that
  /// goes wrong, is as little a sign of life as one long past.
  public var heartbeatAge: Double? {
    var facts = stat()
    guard stat("\(run.directory)/\(RunFile.heartbeat)", &facts) == 0 else { return nil }
    return abs(now() - Double(facts.st_mtim.tv_sec) - Double(facts.st_mtim.tv_nsec) * 1e-9)
  }

  /// The trainer's output, else the log of the job before it began; `nil` where there is neither.
  public var log: String? {
    var candidates = ["\(run.directory)/\(RunFile.output)"]
    if let submission = run.submissionDirectory {
      candidates.append(JobLog.path(directory: submission, arrayIndex: run.arrayTask))
    }
    return candidates.first { access($0, R_OK) == 0 }
  }
}
