import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// What a template says is run in the user's name: nobody else may have a hand in it.
@Suite struct TrustedTemplateTests {
  private let scratch: Scratch
  private let path: String

  init() throws {
    scratch = try Scratch()
    path = try scratch.write("#!/bin/bash\n", to: "Templates/mine.sbatch.mustache")
  }

  private func load(_ name: String = "mine") throws -> ScriptTemplate {
    try ScriptTemplate.load(name: name, templatesDirectory: scratch("Templates"))
  }

  private func refusal(_ name: String = "mine") -> String? {
    #expect(throws: ScriptError.self) { try load(name) }?.description
  }

  @Test func aPlainFileOfTheUserIsRead() throws {
    #expect(try load().text == "#!/bin/bash\n")
  }

  @Test(arguments: ["mine.sbatch.mustache", "/etc/hostname", "nowhere"])
  func aSymbolicLinkIsRefusedWhereverItLeads(target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: scratch("Templates/link.sbatch.mustache"), withDestinationPath: target)
    #expect(refusal("link")?.contains("is a symbolic link; put the file itself there") == true)
  }

  @Test func whatIsNoFileIsRefusedAndDoesNotHang() throws {
    #expect(mkfifo(scratch("Templates/pipe.sbatch.mustache"), 0o600) == 0)
    try makeDirectory(scratch("Templates/folder.sbatch.mustache"))
    for name in ["pipe", "folder"] {
      #expect(refusal(name)?.contains("is no regular file") == true)
    }
  }

  @Test func aFileThatOthersCanWriteIsRefused() throws {
    #expect(chmod(path, 0o646) == 0)
    #expect(
      refusal()?.hasSuffix(
        "can be written by others, who could make your jobs run anything; chmod go-w \(path)")
        == true)
    #expect(chmod(path, 0o644) == 0)
    _ = try load()
  }

  @Test(
    arguments: [
      (1000, 1000, 0o100644, true), (0, 0, 0o100644, true),
      // A private group has its user's number.
      (1000, 1000, 0o100664, true), (1000, 50, 0o100664, false), (0, 0, 0o100664, false),
      (1000, 1000, 0o100646, false), (0, 0, 0o100666, false),
      (1001, 1000, 0o100644, false), (1001, 1001, 0o100600, false),
    ] as [(uid_t, gid_t, mode_t, Bool)])
  func onlyTheUserAndRootAreTrusted(
    _ owner: uid_t, _ group: gid_t, _ mode: mode_t, _ isTrusted: Bool
  ) {
    let complaint = TrustedFile.complaint(owner: owner, group: group, mode: mode, reader: 1000)
    #expect((complaint == nil) == isTrusted)
  }
}
