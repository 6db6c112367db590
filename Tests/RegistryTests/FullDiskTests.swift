import Foundation
import GRDB
import Registry
import RunContract
import TestSupport
import Testing

/// A file system of its own, so small that it is soon full.
private final class SmallDisk {
  let scratch: Scratch
  var path: String { scratch("disk") }

  init(_ size: String) async throws {
    scratch = try Scratch()
    try makeDirectory(scratch("disk"))
    let mount = try await run("mount", ["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", path])
    try #require(mount.status == 0, "\(mount)")
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }

  func orchestrate(_ arguments: String...) async throws -> Output {
    try await run(try product("orchestrate"), arguments, in: path)
  }

  /// Leaves so many bytes of room.
  func fill(leaving room: Int = 0) async throws {
    // Who has just closed the registry may still be giving its log back.
    try await eventually { !FileManager.default.fileExists(atPath: registry + "-wal") }
    try take(leaving: room)
  }

  /// Takes what room there is, but for so many bytes.
  func take(leaving room: Int = 0) throws {
    var facts = statvfs()
    try #require(statvfs(path, &facts) == 0)
    let free = Int(facts.f_bavail) * Int(facts.f_frsize) - room
    guard free > 0 else { return }
    let descriptor = open("\(path)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    try #require(posix_fallocate(descriptor, lseek(descriptor, 0, SEEK_END), off_t(free)) == 0)
  }

  func empty() { unlink("\(path)/filler") }

  var registry: String { "\(path)/.orchestrate/registry.sqlite" }

  func integrity() throws -> String? {
    try DatabaseQueue(path: registry).read { db in
      try String.fetchOne(db, sql: "PRAGMA integrity_check")
    }
  }
}

@Suite(.enabled(if: geteuid() == 0, "only root can mount a small disk")) struct FullDisk {
  private func project() async throws -> SmallDisk {
    let disk = try await SmallDisk("4m")
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
    try disk.take()
    let output = try await disk.orchestrate("config", "import", "Jobs/quadratic.yaml")
    #expect(output.status == 1)
    let lines = output.error.split(separator: "\n").filter { !$0.hasPrefix("warning:") }
    #expect(lines.count == 1 && lines[0].contains("no room is left"), "\(output)")
    disk.empty()
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
      disk.empty()
      #expect(try disk.integrity() == "ok")
      try await DatabaseQueue(path: disk.registry).write { db in
        try db.execute(sql: "DELETE FROM config WHERE id NOT IN (SELECT config_id FROM run)")
      }
    }
    #expect(refusals > 2)
  }
}
