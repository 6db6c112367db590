import Foundation
import RunContract
import Scheduler

extension RunFolder {
  /// Whether Slurm wrote into the job's log that it ended it at its memory limit. What ends the whole job
  /// ends the script too, which can then leave no record.
  var slurmSaysOutOfMemory: Bool {
    lastLinesOfJobLog.contains { line in
      line.isOfSlurm
        && ["memory limit", "oom_kill", "oom-kill", "Out Of Memory"].contains(where: line.contains)
    }
  }

  /// Why Slurm ended a start, as it wrote into the job's log.
  enum WhyEnded: Equatable {
    /// Somebody cancelled the job: `*** JOB 7 ON n1 CANCELLED AT … ***`.
    case cancelled
    /// The same with `DUE TO JOB REQUEUE`: it was to be started once more.
    case requeued
    /// `DUE TO TIME LIMIT`, `DUE TO PREEMPTION` and `DUE TO NODE FAILURE`.
    case timeLimit, preempted, nodeFailure
    /// `DUE TO` anything else.
    case otherwise

    init(_ line: Substring) {
      guard let words = line.range(of: " DUE TO ") else {
        self = .cancelled
        return
      }
      let known: [(String, WhyEnded)] = [
        ("JOB REQUEUE", .requeued), ("TIME LIMIT", .timeLimit), ("PREEMPTION", .preempted),
        ("NODE FAILURE", .nodeFailure),
      ]
      let cause = line[words.upperBound...]
      self = known.first { cause.hasPrefix($0.0) }?.1 ?? .otherwise
    }
  }

  /// Why Slurm ended the last start; `nil` where its log does not say. While a job ends no command of Slurm's
  /// tells one from the other, and without accounting, or once it was forgotten, none does later.
  var whySlurmEndedIt: WhyEnded? {
    // A first start may be ended before it has said that it starts; of a later one, what stands above that
    // belongs to the start before.
    let isLater = (claim?.restart ?? 0) > 0
    for line in lastLinesOfJobLog.reversed() {
      if isLater, line.contains(" starts on "), line.contains(" orchestrate: ") { return nil }
      guard line.isOfSlurm, line.contains("*** JOB "), line.contains(" CANCELLED AT ")
      else { continue }
      return WhyEnded(line)
    }
    return nil
  }

  /// What the script of a job that never claimed its run wrote last into the job's log, which Slurm makes when it
  /// starts the script; `nil` where there is none, or somebody ended the job.
  var lastWordsBeforeItsClaim: String? {
    guard claim == nil, let line = lastLinesOfJobLog.last, whySlurmEndedIt == nil,
      !hasStartedByItsLog
    else { return nil }
    let words = line.split(separator: " orchestrate: ", maxSplits: 1).last ?? line
    return words.count > 300 ? "\(words.prefix(300))…" : String(words)
  }

  /// Whether the job's script says in its log that it claimed the run and started it.
  var hasStartedByItsLog: Bool {
    lastLinesOfJobLog.contains { $0.contains(" orchestrate: run ") && $0.contains(" starts on ") }
  }

  private var lastLinesOfJobLog: [Substring] {
    guard let directory = run.submissionDirectory else { return [] }
    let path = JobLog.path(directory: directory, arrayIndex: run.arrayTask)
    guard !isPipe(path), let handle = FileHandle(forReadingAtPath: path) else { return [] }
    defer { try? handle.close() }
    let length = (try? handle.seekToEnd()) ?? 0
    try? handle.seek(toOffset: length > 16_384 ? length - 16_384 : 0)
    let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n")
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

  /// The good end of the owner's start, as each of its ranks has said before the script could record it; `nil`
  /// where one of them has not. (The job script names the words.)
  var endByTheRanks: ExitRecord? {
    guard let owner, let time = goodEnd(of: "\(owner.token).\(owner.restart).") else { return nil }
    return ExitRecord(token: owner.token, restart: owner.restart, code: 0, time: time)
  }

  /// Whether the trainer of the start that holds the claim may have begun: its job script takes the directory over
  /// before that, and gives each launch a word, which the first rank turns into another one. (The script names the
  /// words; one that has none launches at once.)
  var mayHaveBegun: Bool {
    guard let names = try? namesInFolder(run.directory) else { return true }
    guard let owner else { return names.contains(RunFile.heartbeat) }
    if let claim, owner.token != run.token || owner.restart < claim.restart { return false }
    let start = ".\(owner.token).\(owner.restart)."
    func has(_ word: String) -> Bool { names.contains { $0.hasPrefix(".\(word)\(start)") } }
    return has("began") || !has("ready") && !has("closed")
  }

  /// Whether a rank of the owner's start left the word that it wants to be run again, as it does before the
  /// script can record that.
  var asksToGoOn: Bool {
    guard let owner, let names = try? namesInFolder(run.directory) else { return false }
    return names.contains { $0.hasPrefix(".again.\(owner.token).\(owner.restart).") }
  }

  /// When the run came to its good end, under whatever token and in whichever start: what the job script asks
  /// before it trains.
  var goodEnd: Double? {
    if let data = try? readFile("\(run.directory)/\(RunFile.exit)"), let record = ExitRecord(data),
      record.code == 0
    {
      return record.time
    }
    return goodEnd(of: "")
  }

  /// When all ranks of a start whose name begins so had said that they came to their good end.
  private func goodEnd(of start: String) -> Double? {
    guard let names = try? namesInFolder(run.directory) else { return nil }
    let beginning = ".done.\(start)"
    var ranks: [Substring: Set<Int>] = [:]
    var counts: [Substring: Int] = [:]
    for name in names where name.hasPrefix(beginning) {
      guard let dot = name.lastIndex(of: ".") else { continue }
      let numbers = name[name.index(after: dot)...].split(separator: "o", maxSplits: 1)
      guard numbers.count == 2, numbers[1].first == "f", let rank = Int(numbers[0]),
        let count = Int(numbers[1].dropFirst())
      else { continue }
      ranks[name[..<dot], default: []].insert(rank)
      counts[name[..<dot]] = count
    }
    let all = counts.first { start, count in
      ranks[start]?.count == count && ranks[start]?.allSatisfy { (0..<count) ~= $0 } == true
    }
    guard let start = all?.key else { return nil }
    var facts = stat()
    let word = "\(run.directory)/\(start).0of\(counts[start] ?? 1)"
    return stat(word, &facts) == 0 ? seconds(facts.st_mtim) : nil
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
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard fstat(file, &beat) == 0 else { return nil }
    return abs(fileSystemTime - seconds(beat.st_mtim))
  }

  var fileSystemTime: Double {
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

extension Substring {
  /// Whether Slurm wrote this line of a job's log. `LogTimeFormat` may have a stamp put before its name.
  fileprivate var isOfSlurm: Bool {
    hasPrefix("slurmstepd") || prefix(120).contains(" slurmstepd")
  }
}
