import Foundation
import GRDB
import Registry
import RunContract
import TestSupport
import Testing

/// A project whose one run has ended, and `orchestrate` working in it under another user.
private struct SharedProject {
  let scratch: Scratch
  let orchestrate: String

  var registry: String { scratch(".orchestrate/registry.sqlite") }

  init() async throws {
    scratch = try Scratch()
    // Nobody need be able to reach the folder in which we were built.
    orchestrate = scratch("orchestrate")
    try FileManager.default.copyItem(atPath: try product("orchestrate"), toPath: orchestrate)
    try await #require(work(root: "init").status == 0)
    try endOneRun()
  }

  func endOneRun() throws {
    let registry = try Registry(path: registry)
    try makeEndedRun(registry, scratch)
  }

  /// Opens everything to reading by others, as a user may have done by hand.
  func openToAll() throws {
    for place in ["", ".orchestrate", "Jobs"] {
      #expect(chmod(place.isEmpty ? scratch.path : scratch(place), 0o755) == 0)
    }
    #expect(chmod(scratch("Jobs/quadratic.yaml"), 0o644) == 0)
    for name in try namesInFolder(scratch(".orchestrate")) {
      #expect(chmod(scratch(".orchestrate/\(name)"), 0o644) == 0)
    }
  }

  func work(root arguments: String...) async throws -> Output {
    try await run(orchestrate, arguments, in: scratch.path)
  }

  func work(nobody arguments: String...) async throws -> Output {
    try await run(
      "setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", orchestrate] + arguments,
      in: scratch.path)
  }
}

/// A user namespace that an ordinary user makes has one user, so only the real root can be two.
@Suite(.enabled(if: geteuid() == 0, "only root can work as another user"))
struct OtherUsers {
  private static let readers = [
    ["status"], ["status", "--json"], ["compare", "e-1"], ["config", "list"],
  ]

  @Test(arguments: readers)
  func aForeignRegistryIsReadAndNeverWritten(_ arguments: [String]) async throws {
    let project = try await SharedProject()
    try project.openToAll()
    let before = try readFile(project.registry)
    let output = try await run(
      "setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", project.orchestrate] + arguments,
      in: project.scratch.path)
    #expect(output.status == 0, "\(output)")
    #expect(output.output.contains(arguments[0] == "config" ? "quadratic" : "e-1"))
    #expect(try readFile(project.registry) == before)
    #expect(try namesInFolder(project.scratch(".orchestrate")).filter { $0.contains("-") } == [])
  }

  @Test func aReaderSeesWhatALivingWriterHasInItsLog() async throws {
    let project = try await SharedProject()
    let writer = try Registry(path: project.registry)
    _ = try writer.add(config(seed: 77))
    try project.openToAll()
    let output = try await project.work(nobody: "config", "list", "--json")
    #expect(output.output.contains("77"), "\(output)")
    withExtendedLifetime(writer) {}
  }

  @Test func whatRecordsIsRefusedInOneLine() async throws {
    let project = try await SharedProject()
    try project.openToAll()
    let output = try await project.work(nobody: "config", "import", "Jobs/quadratic.yaml")
    let lines = output.error.split(separator: "\n").filter { !$0.hasPrefix("warning:") }
    #expect(output.status == 1)
    #expect(lines.count == 1, "\(output)")
    #expect(lines.first?.contains("only its owner writes it") == true, "\(output)")
  }

  @Test func aLogWithoutAnIndexIsSaidToBeTheOwners() async throws {
    let project = try await SharedProject()
    let writer = try DatabaseQueue(path: project.registry)
    try await writer.write { try $0.execute(sql: "UPDATE config SET created_at = 5") }
    // A copy taken while somebody wrote: the log is there, its index is not.
    for name in ["registry.sqlite", "registry.sqlite-wal"] {
      try FileManager.default.copyItem(
        atPath: project.scratch(".orchestrate/\(name)"),
        toPath: project.scratch(".orchestrate/copy-\(name)"))
    }
    try writer.close()
    for (copy, name) in [
      ("copy-registry.sqlite", "registry.sqlite"),
      ("copy-registry.sqlite-wal", "registry.sqlite-wal"),
    ] {
      #expect(
        rename(
          project.scratch(".orchestrate/\(copy)"), project.scratch(".orchestrate/\(name)")) == 0)
    }
    try project.openToAll()
    let output = try await project.work(nobody: "status")
    #expect(output.status == 1)
    #expect(output.error.contains("let its owner run `orchestrate status` once"), "\(output)")
    #expect(try await project.work(root: "status").status == 0)
    try project.openToAll()
    #expect(try await project.work(nobody: "status").status == 0)
  }

  /// Root may write everything, and its own jobs are others than the owner's.
  @Test func rootOnlyReadsTheRegistryOfAnother() async throws {
    let project = try await SharedProject()
    let all = try #require(FileManager.default.enumerator(atPath: project.scratch.path))
    let places =
      [project.scratch.path] + all.compactMap { $0 as? String }.map(project.scratch.callAsFunction)
    for place in places { #expect(chown(place, 65_534, 65_534) == 0) }
    let before = try readFile(project.registry)
    let output = try await project.work(root: "status")
    #expect(output.status == 0 && output.output.contains("e-1"), "\(output)")
    #expect(output.error.contains("only its owner writes it"), "\(output)")
    #expect(try readFile(project.registry) == before)
    for refused in [["config", "import"], ["submit", "--executor", "local"]] {
      let output = try await run(
        project.orchestrate, refused + ["Jobs/quadratic.yaml"], in: project.scratch.path)
      #expect(output.status == 1 && output.error.contains("only its owner writes it"), "\(output)")
    }
    let owners = try FileManager.default.subpathsOfDirectory(atPath: project.scratch.path).map {
      try FileManager.default.attributesOfItem(atPath: project.scratch($0))[.ownerAccountID] as? Int
    }
    #expect(Set(owners) == [65_534])
  }

  @Test func anOlderSchemaThatCannotBeChangedIsNamed() async throws {
    let project = try await SharedProject()
    try await DatabaseQueue(path: project.registry).write { db in
      try db.execute(
        sql: """
          DELETE FROM grdb_migrations
          WHERE identifier = (SELECT max(identifier) FROM grdb_migrations)
          """)
    }
    try project.openToAll()
    let output = try await project.work(nobody: "status")
    #expect(output.status == 1)
    #expect(output.error.contains("older orchestrate"), "\(output)")
  }
}

@Suite struct Ownership {
  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func aRegistryOpenToOthersIsClosed() throws {
    let scratch = try Scratch()
    let path = scratch(".orchestrate/registry.sqlite")
    try makeDirectory(scratch(".orchestrate"))
    #expect(try Registry(path: path).warnings.isEmpty)
    #expect(chmod(path, 0o664) == 0 && chmod(scratch(".orchestrate"), 0o775) == 0)
    let warnings = try Registry(path: path).warnings
    #expect(warnings.count == 2)
    #expect(warnings.contains { $0.contains("mode 664") && $0.contains(path) })
    #expect(try mode(path) == 0o600)
    #expect(try mode(scratch(".orchestrate")) == 0o700)
    #expect(try Registry(path: path).warnings.isEmpty)
  }

  /// Somebody follows runs while the file is put back from a copy: whoever comes now sees another one.
  @Test func whatIsReplacedIsNotWrittenTo() throws {
    let scratch = try Scratch()
    let path = scratch("registry.sqlite")
    let registry = try Registry(path: path)
    _ = try registry.add(config(seed: 1))
    #expect(rename(path, scratch("old.sqlite")) == 0)
    for isThereAnother in [false, true] {
      if isThereAnother { _ = try Registry(path: path) }
      #expect { try registry.add(config(seed: 2)) } throws: {
        "\($0)".contains("moved, removed or replaced")
      }
    }
    #expect(try Registry(path: path).configs().isEmpty)
  }

  @Test func aLinkOrAFolderIsNoRegistry() throws {
    let scratch = try Scratch()
    _ = try Registry(path: scratch("real.sqlite"))
    #expect(symlink(scratch("real.sqlite"), scratch("link.sqlite")) == 0)
    #expect { try Registry(path: scratch("link.sqlite")) } throws: {
      "\($0)".contains("symbolic link")
    }
    try makeDirectory(scratch("folder.sqlite"))
    #expect { try Registry(path: scratch("folder.sqlite")) } throws: {
      "\($0)".contains("no plain file")
    }
    #expect { try Registry(path: scratch("nowhere/r.sqlite")) } throws: {
      "\($0)".contains("No such file or directory")
    }
  }

  /// The owner closes the database after each change, so its log comes and goes, and the file is written
  /// while it is read.
  @Test func aReaderWithoutLocksNeverSeesHalfAChange() async throws {
    let scratch = try Scratch()
    let path = scratch("registry.sqlite")
    do {
      let registry = try Registry(path: path)
      for seed in 1...400 { _ = try registry.add(config(seed: seed)) }
    }
    try await DatabaseQueue(path: path).write { db in
      try db.execute(sql: "UPDATE config SET created_at = 0")
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var configuration = Configuration()
        configuration.busyMode = .timeout(20)
        for round in 1...30 {
          let writer = try DatabaseQueue(path: path, configuration: configuration)
          try await writer.write { db in
            try db.execute(sql: "UPDATE config SET created_at = ?", arguments: [round])
          }
          try writer.close()
          try await Task.sleep(for: .milliseconds(round % 3 * 20))
        }
      }
      group.addTask {
        let reader = try ReadOnlyDatabase(path: path, because: "of this test")
        var last = 0.0
        let end = ContinuousClock.now + .seconds(120)
        while last < 30 {
          try #require(ContinuousClock.now < end, "the writer stopped at \(last)")
          let times = try reader.read { db in
            let first = try Self.times(db, "id <= 200")
            usleep(5_000)
            return first.union(try Self.times(db, "id > 200"))
          }
          #expect(times.count == 1, "\(times)")
          #expect(times.first ?? 0 >= last)
          last = times.first ?? .infinity
        }
      }
      try await group.waitForAll()
    }
  }

  private static func times(_ db: Database, _ which: String) throws -> Set<Double> {
    Set(try Double.fetchAll(db, sql: "SELECT DISTINCT created_at FROM config WHERE \(which)"))
  }
}
