import Foundation
import RunContract
import Scheduler

extension RunFolder {
  /// Whether Slurm wrote into the job's log that it ended it at its memory limit. What ends the whole job
  /// ends the script too, which can then leave no record.
  var slurmSaysOutOfMemory: Bool {
    guard let directory = run.submissionDirectory,
      let handle = FileHandle(
        forReadingAtPath: JobLog.path(directory: directory, arrayIndex: run.arrayTask))
    else { return false }
    defer { try? handle.close() }
    let length = (try? handle.seekToEnd()) ?? 0
    try? handle.seek(toOffset: length > 16_384 ? length - 16_384 : 0)
    let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").contains { line in
      line.hasPrefix("slurmstepd")
        && ["memory limit", "oom_kill", "oom-kill", "Out Of Memory"].contains(where: line.contains)
    }
  }

  /// The token and restart count of the start that the directory belongs to, whoever's it is.
  var owner: (token: String, restart: Int)? {
    guard let data = try? readFile("\(run.directory)/\(RunFile.owner)") else { return nil }
    let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let restart = Int(words[1]) else { return nil }
    return (String(words[0]), restart)
  }

  /// How the owner's start ended, under whatever token of this run it was.
  var lastRecord: ExitRecord? {
    guard let owner, let data = try? readFile("\(run.directory)/\(RunFile.exit)"),
      let record = ExitRecord(data), record.token == owner.token,
      record.restart == owner.restart
    else { return nil }
    return record
  }

  /// Seconds between the file system's own now and when the trainer last showed that it lives; `nil`
  /// where it never did.
  ///
  /// Both times are of the clock that stamps the files: that of this machine may differ from it or be
  /// stepped. Where the directory cannot be written, this machine's clock has to do.
  public var heartbeatAge: Double? {
    var beat = stat()
    let path = "\(run.directory)/\(RunFile.heartbeat)"
    // Opening a file makes a network file system look again.
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard fstat(file, &beat) == 0 else { return nil }
    return abs(fileSystemTime - seconds(beat.st_mtim))
  }

  private var fileSystemTime: Double {
    let path =
      "\(run.directory)/\(RunFile.claims)/.now.\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { return Date().timeIntervalSince1970 }
    defer {
      close(file)
      unlink(path)
    }
    var facts = stat()
    return fstat(file, &facts) == 0 ? seconds(facts.st_mtim) : Date().timeIntervalSince1970
  }

  private func seconds(_ time: timespec) -> Double {
    Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
