import ArgumentParser
import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Scheduler
import Terminal

struct Logs: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs",
    abstract: "Print what a run has written.",
    discussion: """
      EXAMPLES
        orchestrate logs quadratic-1
        orchestrate logs quadratic-1 -f        follow until the run has ended
        orchestrate logs 21449738_3 -n 20      the last lines of an array task
      """)

  @Argument(help: "A run, a job id or an array task.")
  var run: String

  @Flag(name: .shortAndLong, help: "Follow until the run has ended.")
  var follow = false

  @Option(name: [.customShort("n"), .long], help: "Only the last lines.")
  var lines: Int?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let lines, lines < 0 { throw ValidationError("--lines must not be negative") }
  }

  func perform() async throws {
    let workshop = try Workshop(options)
    let runs = try workshop.registry.runs(named: Target(run))
    guard let record = runs.first else {
      throw Failure("the registry knows no job \(run)", status: .nothing)
    }
    guard runs.count == 1 else {
      throw Failure(
        "\(run) stands for \(runs.count) runs",
        hint: "name one: " + runs.prefix(3).map(\.name).joined(separator: ", ") + " …",
        status: .usage)
    }
    try await print(record, workshop)
  }

  private func print(_ run: RunRecord, _ workshop: Workshop) async throws {
    var offset = 0
    var path: String?
    var isFirst = true
    var said: Set<String> = []
    let executor = run.executor.flatMap(ExecutorName.init(rawValue:)) ?? .slurm
    var questions = Questions(to: executor, every: executor == .local ? 0.5 : 10)
    while true {
      // The state is read before the file, so that nothing written before the end is missed.
      let round = try await questions.ask {
        try await workshop.reconciler.reconcile(.ids([run.id]))
      }
      for warning in round?.warnings ?? [] where said.insert(warning).inserted {
        options.say(options.warning(warning))
      }
      let current = try workshop.registry.runs(.ids([run.id])).first ?? run
      if let log = RunFolder(current).log {
        if log != path { offset = 0 }
        path = log
        offset = try copy(log, from: offset, isFirst: isFirst)
        isFirst = false
      }
      guard follow, current.state.isActive else { break }
      try await Task.sleep(for: .seconds(0.5))
    }
    if let time = try PrunedFiles(workshop.registry).time(of: run) {
      options.say(
        "the output of \(printable(run.name)) was removed by `orchestrate prune` on \(timestamp(time)); its metrics "
          + "are in the registry: `orchestrate compare \(run.name)`")
      if path == nil { throw ExitCode(ExitStatus.nothing.rawValue) }
    } else if path == nil {
      if let time = try PrunedFiles(workshop.registry).submissionTime(of: run) {
        options.say(
          "the log of \(printable(run.name))'s job was removed by `orchestrate prune` on \(timestamp(time))"
        )
        throw ExitCode(ExitStatus.nothing.rawValue)
      }
      options.say("\(printable(run.name)) has written nothing yet (\(run.state.rawValue))")
    }
  }

  /// Prints a file from a place on, and gives the place where it ends. It may be large, and is not held in memory.
  private func copy(_ path: String, from offset: Int, isFirst: Bool) throws -> Int {
    guard let handle = FileHandle(forReadingAtPath: path) else { return offset }
    defer { try? handle.close() }
    var place = offset
    if isFirst, let lines { place = try start(ofTheLast: lines, of: handle) }
    try handle.seek(toOffset: UInt64(place))
    var rest = Data()
    while let piece = try handle.read(upToCount: Self.piece), !piece.isEmpty {
      place += piece.count
      rest += piece
      // No character is cut in two.
      guard let newline = rest.lastIndex(of: Self.newline) else { continue }
      Stream.output.write(String(decoding: rest[...newline], as: UTF8.self))
      rest = Data(rest[rest.index(after: newline)...])
    }
    Stream.output.write(String(decoding: rest, as: UTF8.self))
    return place
  }

  private static let piece = 1 << 18
  private static let newline = UInt8(ascii: "\n")

  /// Where the last lines of a file begin.
  private func start(ofTheLast count: Int, of handle: FileHandle) throws -> Int {
    let length = Int(try handle.seekToEnd())
    var (place, seen) = (length, 0)
    while place > 0, count > 0 {
      let from = max(0, place - Self.piece)
      try handle.seek(toOffset: UInt64(from))
      let bytes = [UInt8](try handle.read(upToCount: place - from) ?? Data())
      for index in bytes.indices.reversed() where bytes[index] == Self.newline {
        // The last byte ends the last line.
        if from + index == length - 1 { continue }
        seen += 1
        if seen == count { return from + index + 1 }
      }
      place = from
    }
    return count > 0 ? 0 : length
  }
}
