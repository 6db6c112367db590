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

  /// The jobs that a registry names may be this user's own in another project.
  @Test func aWishThatSomebodyElseWroteEndsNoJob() async throws {
    let cluster = try await TestCluster.shared()
    let own = try await Workspace(cluster)
    try own.jobFile("ours", "sleep 300")
    try await own.succeed("submit", "Jobs/ours.yaml")
    let job = try #require(try await own.wait(for: "ours-1", "running")["job_id"]?.integer)
    let token = try #require(try namesInFolder(own.scratch("submissions")).first)
    let theirs = try await Workspace(cluster)
    try theirs.jobFile("bait", "exit 3")
    try await theirs.succeed("submit", "Jobs/bait.yaml")
    try await theirs.wait(for: "bait-1", "failed")
    for seal in ["seal", "NULL"] {
      try await change(
        theirs,
        """
        UPDATE submission SET token = '\(token)', seal = \(seal);
        UPDATE run SET state = 'running', ended_at = NULL, job_id = \(job), cancel_requested_at = 1;
        """)
      let status = try await theirs.orchestrate("status")
      #expect(status.error.contains("bait-1: not asked to end"), "\(status)")
    }
    #expect(try await own.status("ours-1")["ours-1"]?["state"]?.string == "running")
    try await own.succeed("cancel", "ours-1")
  }

  @Test func whatLiesElsewhereIsNeitherReadNorTouched() async throws {
    let work = try await failed()
    let elsewhere = try Scratch()
    try elsewhere.write(#"{"step":42,"loss":1}"# + "\n{", to: "metrics.jsonl")
    try makeDirectory(elsewhere("claims"))
    var before = stat()
    #expect(stat(elsewhere("claims"), &before) == 0)
    try await change(
      work,
      "UPDATE run SET directory = '\(elsewhere.path)', ended_at = unixepoch(), metrics_offset = 0")
    let run = try await work.status("bent-1")["bent-1"]
    #expect(
      run?["state"]?.string == "failed" && run?["step"] == .null, "\(String(describing: run))")
    var after = stat()
    #expect(stat(elsewhere("claims"), &after) == 0)
    #expect(before.st_mtim.tv_sec == after.st_mtim.tv_sec)
    #expect(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec)
  }

  @Test(arguments: [
    "ended_at = 1e300", "started_at = -1e300, ended_at = 9e999",
    "damaged_lines = 9223372036854775807", "restarts = 9223372036854775807, state = 'running'",
    "nodes = 'n[0-999999]r[0-999999]r[0-999999]r[0-999999]'",
    "missing_since = -1e308, state = 'unconfirmed'", "created_at = 1e308, submitted_at = -1e308",
  ])
  func noValueEndsTheProgram(_ values: String) async throws {
    let work = try await failed()
    try await change(work, "UPDATE run SET \(values)")
    try await change(work, "UPDATE job SET nodes = 'n[0-999999]r[0-999999]r[0-999999]r[0-999999]'")
    for arguments in [
      ["status"], ["status", "--json"], ["compare"], ["compare", "--diff"],
      ["compare", "--by", "seed"],
      ["report", "bent", "--output", "page.html"],
      ["export", "bent", "--format", "csv", "--output", "e"], ["prune", "--dry-run"],
      ["retry", "bent-1", "--dry-run"], ["cancel", "bent-1", "--dry-run"],
    ] {
      let result = try await work.orchestrate(arguments)
      #expect(result.status < 128 && result.status >= 0, "\(arguments): \(result)")
    }
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
