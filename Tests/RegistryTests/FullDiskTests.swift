import Foundation
import GRDB
import Registry
import RunContract
import TestSupport
import Testing

/// A project on a small disk.
private final class ProjectDisk {
  let scratch: Scratch
  let disk: SmallDisk
  var path: String { disk.path }

  init(_ size: String) async throws {
    scratch = try Scratch()
    disk = try SmallDisk(at: scratch("disk"), size: size)
  }

  func orchestrate(_ arguments: String...) async throws -> Output {
    try await run(try product("orchestrate"), arguments, in: path)
  }

  /// Leaves so many bytes of room.
  func fill(leaving room: Int = 0) async throws {
    // Who has just closed the registry may still be giving its log back.
    try await eventually { !FileManager.default.fileExists(atPath: registry + "-wal") }
    try disk.fill(leaving: room)
  }

  var registry: String { "\(path)/.orchestrate/registry.sqlite" }

  func integrity() throws -> String? {
    try DatabaseQueue(path: registry).read { db in
      try String.fetchOne(db, sql: "PRAGMA integrity_check")
    }
  }
}

@Suite(.enabled(if: SmallDisk.canBeMade, "\(SmallDisk.whyNot)")) struct FullDisk {
  private func project() async throws -> ProjectDisk {
    let disk = try await ProjectDisk("4m")
    try await #require(disk.orchestrate("init").status == 0)
    let registry = try Registry(path: disk.registry)
    try makeEndedRun(registry, disk.scratch)
    return disk
  }

  @Test func readingGoesOnAndWritingIsRefusedInOneLine() async throws {
    let disk = try await project()
    try await disk.fill()
    for arguments in [["status"], ["compare", "e-1"], ["config", "list"]] {
      let output = try await run(try product("orchestrate"), arguments, in: disk.path)
      #expect(output.status == 0, "\(arguments): \(output)")
      #expect(!output.output.isEmpty)
    }
    // A process that another test has just started may have held a deleted log open until now.
    try disk.disk.fill()
    let output = try await disk.orchestrate("config", "import", "Jobs/quadratic.yaml")
    #expect(output.status == 1)
    let lines = output.error.split(separator: "\n").filter { !$0.hasPrefix("warning:") }
    #expect(lines.count == 1 && lines[0].contains("no room is left"), "\(output)")
    disk.disk.empty()
    #expect(try await disk.orchestrate("config", "import", "Jobs/quadratic.yaml").status == 0)
    #expect(try disk.integrity() == "ok")
  }

  /// The room ends at every kind of moment: while opening, in the log, at a checkpoint.
  @Test func aWriterThatRunsOutOfRoomLeavesAWholeRegistry() async throws {
    let disk = try await project()
    var refusals = 0
    for room in stride(from: 0, through: 400_000, by: 50_000) {
      try await disk.fill(leaving: room)
      var kept: [Int64] = []
      do {
        let registry = try Registry(path: disk.registry)
        for seed in 0..<100 {
          let many = Config(parameters: [
            "seed": .number(Double(room + seed)),
            "data": .string(String(repeating: "x", count: 4000)),
          ])
          kept.append(try registry.add(many).record.id)
        }
      } catch let error as RegistryError {
        refusals += 1
        #expect("\(error)".contains("no room is left"), "\(room): \(error)")
      }
      let readable = Set(try Registry(path: disk.registry).configs().map(\.id))
      #expect(readable.isSuperset(of: kept))
      disk.disk.empty()
      #expect(try disk.integrity() == "ok")
      try await DatabaseQueue(path: disk.registry).write { db in
        try db.execute(sql: "DELETE FROM config WHERE id NOT IN (SELECT config_id FROM run)")
      }
    }
    #expect(refusals > 2)
  }
}
