import Foundation
import RunContract
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Runs on this machine: the same script without srun, so many at a time.
public struct LocalExecutor: Executor {
  public let name = ExecutorName.local

  /// The command that becomes a supervisor when a submission directory is appended.
  let supervisorCommand: [String]
  let places: LocalPlaces
  let host: String

  /// Seconds that a script is given to end after TERM before it is killed.
  public static let gracePeriod = 10

  /// An executor.
  /// - Parameters:
  ///   - supervisorCommand: an absolute path and arguments; it is started detached.
  ///   - places: how many this machine has, over all terminals and projects, and how many a run fills
  ///     at least.
  public init(
    supervisorCommand: [String], places: LocalPlaces = LocalPlaces(count: LocalPlaces.processors)
  ) {
    self.supervisorCommand = supervisorCommand
    self.places = places
    host = hostName()
  }

  public func submit(_ submission: SubmissionRequest) async -> SubmissionOutcome {
    do {
      let width = max(places.perRun, submission.processors)
      try LocalSubmission.write(
        submission, places: LocalPlaces(count: places.count, perRun: width))
      try await startSupervisor(of: submission)
    } catch {
      return .refused(reason: "the supervisor could not be started: \(error)", hint: nil)
    }
    // The supervisor names itself at once; if not, its log says why.
    let file = "\(submission.directory)/\(LocalSupervisor.identityFile)"
    for _ in 0..<200 {
      if let process = Self.identity(at: file) { return .accepted(jobID: Int(process.pid)) }
      try? await Task.sleep(for: .milliseconds(50))
    }
    let log = try? readFile("\(submission.directory)/supervisor.log")
    return .unconfirmed(
      reason: "the supervisor did not answer: \(String(decoding: log ?? Data(), as: UTF8.self))")
  }

  /// setsid forks, so the supervisor belongs to init and to no terminal.
  private func startSupervisor(of submission: SubmissionRequest) async throws {
    let log = try FileDescriptor.open(
      FilePath("\(submission.directory)/supervisor.log"), .writeOnly, options: [.append, .create],
      permissions: [.ownerReadWrite])
    defer { try? log.close() }
    let result = try await Subprocess.run(
      .name("setsid"),
      arguments: Arguments(["--fork"] + supervisorCommand + [submission.directory]),
      environment: .inherit, input: .none,
      output: .fileDescriptor(log, closeAfterSpawningProcess: false),
      error: .fileDescriptor(log, closeAfterSpawningProcess: false))
    guard result.terminationStatus.isSuccess else {
      throw FileError("start", supervisorCommand.first ?? "", code: EIO)
    }
  }

  static func identity(at path: String) -> ProcessIdentity? {
    (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) }
      .flatMap(ProcessIdentity.init(text:))
  }

  public func observe(_ jobs: [JobReference]) async -> Observation {
    var observation = Observation(jobs: [], isComplete: true, hasAccounting: false)
    for job in jobs {
      if let seen = look(at: job, &observation.warnings) { observation.jobs.append(seen) }
    }
    return observation
  }

  /// What the files and the process table say of one run; `nil` where there is no trace of it.
  private func look(at job: JobReference, _ warnings: inout [String]) -> JobObservation? {
    func seen(_ phase: JobPhase, _ pid: Int? = nil, _ reason: String? = nil) -> JobObservation {
      JobObservation(
        token: job.token, jobID: pid ?? job.jobID ?? 0, arrayIndex: job.arrayIndex, phase: phase,
        reason: reason, submitTime: job.submitTime, nodes: host)
    }
    func elsewhere(_ host: String, _ pid: Int? = nil) -> JobObservation {
      warnings.append("\(job.token) is executed on \(host); look at it from there")
      return seen(.unknown("on \(host)"), pid)
    }
    guard let claim = Claim.standing(runDirectory: job.runDirectory, token: job.token) else {
      let file = "\(job.submissionDirectory)/\(LocalSupervisor.identityFile)"
      if Self.identity(at: file)?.isAlive == true { return seen(.pending) }
      // Another login node's processes cannot be seen from here: that is no sign of their end.
      if let other = LocalSubmission.host(of: job.submissionDirectory), other != host {
        return elsewhere(other)
      }
      return nil
    }
    if claim.kind == .revoked { return seen(.cancelled, nil, "cancelled before it started") }
    guard let process = claim.process else { return nil }
    if let other = claim.host, other != host {
      // What has ended has, whatever this machine is called by now.
      guard Self.record(of: job, claim) != nil else { return elsewhere(other, Int(process.pid)) }
      var result = ended(job, claim, process, seen)
      (result.startTime, result.nodes) = (claim.time, other)
      return result
    }
    // Whether it lives is asked before its last word is read, or the end falls between the two.
    let isAlive = ProcessGroup(leader: process).isAlive
    let survivors = isAlive && !process.isAlive
    let record = survivors ? Self.record(of: job, claim) : nil
    var result =
      // What a trainer leaves behind at its good end, as a logger's helper, is no training.
      isAlive && record?.code != Int(TrainerExit.finished.rawValue)
      ? seen(.running, Int(process.pid), survivors ? words(ofSurvivorsAfter: record) : nil)
      : ended(job, claim, process, seen)
    result.startTime = claim.time
    return result
  }

  /// Why a run goes on whose script has ended. After a bad end it may be a part of the training, beside which
  /// nobody is to try the run again.
  private func words(ofSurvivorsAfter record: ExitRecord?) -> String {
    record.map { "its trainer ended with exit \($0.code), and what that had started goes on" }
      ?? "its script was killed; its trainer goes on"
  }

  private func ended(
    _ job: JobReference, _ claim: Claim, _ process: ProcessIdentity,
    _ seen: (JobPhase, Int?, String?) -> JobObservation
  ) -> JobObservation {
    let pid = Int(process.pid)
    let cancelTime = Self.cancelTime(job)
    guard let record = Self.record(of: job, claim) else {
      if cancelTime != nil { return seen(.cancelled, pid, "killed after it was cancelled") }
      return process.bootID == ProcessIdentity.currentBootID
        ? seen(.failed, pid, "its process ended without a word; it was killed")
        : seen(.nodeFailed, pid, "this machine was started anew meanwhile")
    }
    let isSuccess = record.code == Int(TrainerExit.finished.rawValue)
    // Who failed before, and left something behind, was not ended by that.
    let wasCancelled = cancelTime.map { record.time + 1 >= $0 } ?? false
    var result = seen(isSuccess ? .completed : wasCancelled ? .cancelled : .failed, pid, nil)
    result.exitCode = record.code
    result.endTime = record.time
    return result
  }

  /// How the start that holds this claim ended.
  private static func record(of job: JobReference, _ claim: Claim) -> ExitRecord? {
    guard
      let record = (try? readFile("\(job.runDirectory)/\(RunFile.exit)")).flatMap(ExitRecord.init),
      record.token == job.token, record.restart == claim.restart
    else { return nil }
    return record
  }

  /// When a running run was cancelled; `nil` where it was not.
  private static func cancelTime(_ job: JobReference) -> Double? {
    var facts = stat()
    guard stat(cancelMarker(job), &facts) == 0 else { return nil }
    return Double(facts.st_mtim.tv_sec)
  }

  /// The file that says a running run was cancelled rather than ended by itself.
  private static func cancelMarker(_ job: JobReference) -> String {
    Claim.path(runDirectory: job.runDirectory, token: job.token) + ".cancelled"
  }

  public func cancel(_ jobs: [JobReference]) async -> CancelOutcome {
    var outcome = CancelOutcome(asked: [])
    var dying: [ProcessGroup] = []
    for job in jobs {
      do {
        if let claim = try Claim.revoke(runDirectory: job.runDirectory, token: job.token) {
          guard let process = claim.process, claim.host == nil || claim.host == host else {
            outcome.failures.append("\(job.token) runs on \(claim.host ?? "?"); cancel it there")
            continue
          }
          // What has ended already was not ended by us.
          let group = ProcessGroup(leader: process)
          if group.isAlive {
            guard group.belongs(to: job.token) else {
              outcome.failures.append(
                "\(job.token) was not asked to end: its claim names process \(process.pid), which is none of "
                  + "its own")
              continue
            }
            // The first wish counts, whatever becomes of what hears no signal.
            if Self.cancelTime(job) == nil { try writeDurably("", to: Self.cancelMarker(job)) }
            group.send(SIGTERM)
            dying.append(group)
          }
        }
        outcome.asked.append(job)
      } catch {
        outcome.failures.append("\(job.token): \(error)")
      }
    }
    await finish(dying)
    return outcome
  }

  /// Waits for processes that were asked to end and kills those that do not.
  private func finish(_ groups: [ProcessGroup]) async {
    for _ in 0..<(Self.gracePeriod * 20) {
      if !groups.contains(where: \.isAlive) { return }
      try? await Task.sleep(for: .milliseconds(50))
    }
    for group in groups where group.isAlive { group.send(SIGKILL) }
    for _ in 0..<40 where groups.contains(where: \.isAlive) {
      try? await Task.sleep(for: .milliseconds(50))
    }
  }
}

/// This machine's name, as `hostname` gives it.
public func hostName() -> String {
  var bytes = [CChar](repeating: 0, count: 256)
  gethostname(&bytes, bytes.count - 1)
  return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
