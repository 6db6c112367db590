import Foundation
import Orchestration
import RunContract
import TestSupport
import Testing

@Suite struct Projects {
  @Test func isFoundUpwardsByVariableAndByName() throws {
    let scratch = try Scratch()
    let made = try Project.create(in: scratch("p")).project
    try makeDirectory(scratch("p/a/b"))
    let upwards = try Project.find(named: nil, environment: [:], currentFolder: scratch("p/a/b"))
    #expect(upwards.root == made.root)
    let variable = try Project.find(
      named: nil, environment: ["ORCHESTRATE_PROJECT": scratch("p")], currentFolder: "/")
    #expect(variable.root == made.root)
    let named = try Project.find(named: "p", environment: [:], currentFolder: scratch.path)
    #expect(named.root == made.root)
    #expect(throws: Failure.self) {
      try Project.find(named: nil, environment: [:], currentFolder: scratch.path)
    }
    #expect(throws: Failure.self) {
      try Project.find(named: "nowhere", environment: [:], currentFolder: scratch.path)
    }
  }

  @Test func aProgramIsKeptUnderItsHashAndSurvivesARebuild() throws {
    let scratch = try Scratch()
    let project = try Project.create(in: scratch("p")).project
    try scratch.write("#!/bin/sh\necho one\n", to: "p/tool", executable: true)
    let first = try Program.resolve(["./tool", "-v"], project: project, keep: true)
    try scratch.write("#!/bin/sh\necho two\n", to: "p/tool", executable: true)
    let second = try Program.resolve(["./tool"], project: project, keep: true)
    #expect(first.command[0] != second.command[0])
    #expect(first.command[1] == "-v")
    let kept = String(decoding: try readFile(first.command[0]), as: UTF8.self)
    #expect(kept.contains("one"))
    #expect(try sha256Hex(ofFileAt: second.command[0]) == second.sha256)
  }

  @Test func aMarkThatIsDamagedOnlyCostsAnotherLook() throws {
    let scratch = try Scratch()
    let (project, _) = try Project.create(in: scratch.path)
    try scratch.write("#!/bin/bash\necho mine\n", to: "t.sh", executable: true)
    let program = try Program.resolve(["./t.sh"], project: project, keep: true)
    let mark = "\(program.command[0]).seal"
    let written = try readFile(mark)
    try Data("half".utf8).write(to: URL(fileURLWithPath: mark))
    let again = try Program.resolve(["./t.sh"], project: project, keep: true)
    #expect(again.command == program.command)
    #expect(try readFile(mark) == written)
  }

  @Test func aKeptProgramThatIsAnotherIsRefused() throws {
    let scratch = try Scratch()
    let (project, _) = try Project.create(in: scratch.path)
    try scratch.write("#!/bin/bash\necho mine\n", to: "t.sh", executable: true)
    let program = try Program.resolve(["./t.sh"], project: project, keep: true)
    #expect(
      try Program.resolve(["./t.sh"], project: project, keep: true).command == program.command)
    try "#!/bin/bash\necho theirs\n".write(
      toFile: program.command[0], atomically: true, encoding: .utf8)
    #expect { try Program.resolve(["./t.sh"], project: project, keep: true) } throws: {
      "\($0)".contains("is not the program that its folder is named for")
    }
  }

  @Test func aProgramThatIsNotThereIsNamed() throws {
    let scratch = try Scratch()
    let project = try Project.create(in: scratch("p")).project
    #expect { try Program.resolve(["no-such-tool"], project: project, keep: false) } throws: {
      "\($0)".contains("no-such-tool")
    }
    // An interpreter runs from its own place.
    let shell = try Program.resolve(["bash", "x.sh"], project: project, keep: true)
    #expect(shell.command[0].hasSuffix("/bash") && !shell.command[0].contains(".orchestrate"))
  }
}

@Suite struct Claims {
  @Test func aTokenIsRevokedOnceAndAStartedJobWins() throws {
    let scratch = try Scratch()
    #expect(try Claim.revoke(runDirectory: scratch("r"), token: "t") == nil)
    #expect(try Claim.revoke(runDirectory: scratch("r"), token: "t") == nil)
    try scratch.write("kind=claim\njob_id=5\nrestart=2\npid=1\n", to: "r/claims/u")
    let claim = try #require(try Claim.revoke(runDirectory: scratch("r"), token: "u"))
    #expect(claim.jobID == 5)
    #expect(claim.restart == 2)
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch("r/claims"))
    #expect(Set(left) == ["t", "u"])
  }

  @Test func aProcessIsKnownForEver() async throws {
    let me = try #require(ProcessIdentity.current)
    #expect(me.isAlive)
    #expect(ProcessIdentity(text: me.text) == me)
    var earlier = me
    earlier.startTime -= 1
    #expect(!earlier.isAlive)
    var otherBoot = me
    otherBoot.bootID = "another"
    #expect(!otherBoot.isAlive)
    #expect(ProcessIdentity(pid: -1) == nil)
  }
}
