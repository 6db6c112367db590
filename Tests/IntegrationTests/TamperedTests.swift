import Foundation
import GRDB
import RunContract
import TestSupport
import Testing

/// A registry or a project that somebody else had in his hands: what he changed is not executed, and hurts nobody.
@Suite(.timeLimit(.minutes(5))) struct Tampered {
  /// A project with a run that has failed on this machine.
  private func failed() async throws -> Workspace {
    let work = try await Workspace()
    try work.jobFile("bent", "exit 3", parameters: ["seedling: 1"])
    let submit = try await work.orchestrate("submit", "Jobs/bent.yaml", "--executor", "local")
    #expect(submit.status == 1, "\(submit)")
    return work
  }

  private func change(_ work: Workspace, _ sql: String) async throws {
    try await DatabaseQueue(path: work.scratch(".orchestrate/registry.sqlite")).write { db in
      try db.execute(sql: sql)
    }
  }

  private func starts(_ work: Workspace) -> Int { work.starts("bent", "bent-1").count }

  @Test func aConfigThatIsNotTheOneOfItsIdIsNotSubmitted() async throws {
    let work = try await failed()
    try await change(
      work, #"UPDATE config SET json = json_set(json, '$.pythonpath', '/tmp/theirs')"#)
    let retry = try await work.orchestrate("retry", "bent-1")
    #expect(retry.status != 0, "\(retry)")
    #expect(retry.error.contains("the config of bent-1 is not the one"), "\(retry)")
    #expect(starts(work) == 1)
  }

  @Test(arguments: ["comment", "nodelist"])
  func anOptionThatNobodyAskedForIsNotSubmitted(option: String) async throws {
    let work = try await failed()
    try await change(work, #"UPDATE run SET overrides = '{"\#(option)":"n2"}'"#)
    let retry = try await work.orchestrate("retry", "bent-1")
    #expect(
      retry.status != 0 && retry.error.contains("the registry asks for --\(option)"), "\(retry)")
    #expect(starts(work) == 1)
    // What one asks for oneself is asked for the next time, too.
    try await change(work, "UPDATE run SET overrides = NULL")
    for arguments in [["--sbatch", "\(option)=n1"], []] {
      let retry = try await work.orchestrate(["retry", "bent-1"] + arguments)
      #expect(retry.status == 0, "\(retry)")
      try await work.wait(for: "bent-1", "failed")
    }
    #expect(starts(work) == 3)
  }

  @Test func aKeptProgramThatWasExchangedIsNotExecutedAgain() async throws {
    let work = try await failed()
    let programs = work.scratch(".orchestrate/programs")
    let folder = try #require(try namesInFolder(programs).first)
    let path = "\(programs)/\(folder)/bent.sh"
    let own = try readFile(path)
    try "#!/bin/bash\ntouch \(work.scratch("theirs"))\n".write(
      toFile: path, atomically: false, encoding: .utf8)
    let retry = try await work.orchestrate("retry", "bent-1")
    #expect(retry.status != 0, "\(retry)")
    #expect(retry.error.contains("is not the program that its folder"), "\(retry)")
    #expect(starts(work) == 1 && work.scratch.read("theirs") == nil)
    try own.write(to: URL(fileURLWithPath: path))
    #expect(try await work.orchestrate("retry", "bent-1").status == 0)
    try await work.wait(for: "bent-1", "failed")
    #expect(starts(work) == 2)
  }

  /// A claim is a file in a folder, and the number in it may be anybody's.
  @Test func aProcessThatIsNoneOfTheRunsIsNotKilled() async throws {
    let work = try await Workspace()
    try work.jobFile("mine", "until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1; done")
    try await work.succeed("submit", "Jobs/mine.yaml", "--executor", "local", "--detach")
    try await work.wait(for: "mine-1", "running")
    let claims = "runs/mine/mine-1/claims"
    let name = try #require(try namesInFolder(work.scratch(claims)).first { !$0.hasPrefix(".") })
    let claim = try #require(work.scratch.read("\(claims)/\(name)"))
    let bystander = Process()
    // Foundation makes it the leader of a group.
    bystander.executableURL = URL(fileURLWithPath: "/bin/sleep")
    bystander.arguments = ["300"]
    try bystander.run()
    defer { kill(bystander.processIdentifier, SIGKILL) }
    let other = try await eventually { ProcessIdentity(pid: bystander.processIdentifier) }
    try work.scratch.write(
      claim.replacing(/\npid=.*/, with: "\npid=\(other.pid)")
        .replacing(/start_time=.*/, with: "start_time=\(other.startTime)"),
      to: "\(claims)/\(name)")
    let cancel = try await work.orchestrate("cancel", "mine-1")
    #expect(cancel.status != 0 && cancel.error.contains("none of its own"), "\(cancel)")
    #expect(other.isAlive && getpgid(other.pid) == other.pid)
    try work.scratch.write(claim, to: "\(claims)/\(name)")
    try await work.succeed("cancel", "mine-1")
    try await work.wait(for: "mine-1", "cancelled")
  }

  @Test func namesCannotDriveTheTerminal() async throws {
    let work = try await failed()
    try await change(
      work,
      "UPDATE run SET name = 'bent-9' || char(27) || ']0;theirs' || char(7), directory = '/tmp/theirs'"
    )
    for arguments in [["status"], ["retry", "--experiment", "bent"], ["cancel", "--all", "-y"]] {
      let result = try await work.orchestrate(arguments)
      #expect(!result.error.contains("\u{1B}]") && !result.output.contains("\u{1B}]"), "\(result)")
      #expect(!result.error.contains("\u{07}"), "\(result)")
    }
  }
}
