import Foundation
import RunContract
import TestSupport
import Testing

@Suite struct SealTests {
  private func seal(_ scratch: Scratch) throws -> Seal {
    try Seal.ofUser(["HOME": scratch.path])
  }

  @Test func theSameUserKnowsItsSealAgainAndNobodyElse() throws {
    let (mine, theirs) = (try Scratch(), try Scratch())
    let signature = try seal(mine).sign("a recipe")
    #expect(signature.count == 64)
    #expect(try seal(mine).matches(signature, "a recipe"))
    #expect(try !seal(mine).matches(signature, "another recipe"))
    #expect(try !seal(theirs).matches(signature, "a recipe"))
    #expect(try !seal(mine).matches("", "a recipe"))
  }

  @Test func theSecretIsTheUsersAlone() throws {
    let scratch = try Scratch()
    _ = try seal(scratch)
    let path = scratch(".local/state/orchestrate/key")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    // One that others could read is no secret.
    #expect(chmod(path, 0o644) == 0)
    #expect(throws: FileError.self) { try seal(scratch) }
  }

  @Test func withoutAHomeThereIsNoSeal() {
    #expect(throws: FileError.self) { try Seal.ofUser([:]) }
  }

  @Test func ofManyFirstCallsAllGetOneSecret() async throws {
    let scratch = try Scratch()
    let signatures = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<16 { group.addTask { try seal(scratch).sign("x") } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(signatures.count == 1)
  }
}
