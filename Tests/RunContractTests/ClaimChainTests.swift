import Foundation
import RunContract
import Synchronization
import Testing

/// Taking a token back: the last claim of its chain counts, and a name in it goes to whoever is first.
@Suite final class ClaimChainTests {
  private let folder: String
  private let token = "mix.a1b2"

  init() throws {
    folder = "\(NSTemporaryDirectory())/claim-chain-\(UUID().uuidString)"
    try makeDirectory("\(folder)/claims")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func claim(_ generation: Int, restart: Int = 0) throws {
    try writeDurably(
      "kind=claim\ntoken=\(token)\njob_id=7\nrestart=\(restart)\n",
      to: Claim.path(runDirectory: folder, token: token, generation: generation))
  }

  private func standing() -> Claim? { Claim.standing(runDirectory: folder, token: token) }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/claims").sorted()
  }

  @Test func theLastGenerationStands() throws {
    #expect(standing() == nil)
    for generation in 0..<12 {
      try claim(generation, restart: generation * 2)
      #expect(standing()?.generation == generation && standing()?.restart == generation * 2)
    }
    #expect(try names().contains("\(token).11"))
  }

  @Test func aTokenThatWasNeverClaimedIsTakenBackForGood() throws {
    #expect(try Claim.revoke(runDirectory: folder, token: token) == nil)
    #expect(standing()?.kind == .revoked && standing()?.generation == 0)
    #expect(try Claim.revoke(runDirectory: folder, token: token) == nil)
    let revoked = try #require(standing())
    #expect(try Claim.supersede(runDirectory: folder, token: token, after: revoked) == nil)
    #expect(try names() == [token])
  }

  @Test func revokingFindsTheStartThatCameLast() throws {
    try claim(0)
    try claim(1, restart: 3)
    let first = try #require(try Claim.revoke(runDirectory: folder, token: token))
    #expect(first.generation == 1 && first.restart == 3 && first.jobID == 7)
    #expect(try names() == [token, "\(token).1"])
  }

  @Test func aStartThatEndedIsSuperseded() throws {
    try claim(0)
    let ended = try #require(standing())
    #expect(try Claim.supersede(runDirectory: folder, token: token, after: ended) == nil)
    #expect(standing()?.kind == .revoked && standing()?.generation == 1)
    #expect(try Claim.revoke(runDirectory: folder, token: token) == nil)
    #expect(try Claim.supersede(runDirectory: folder, token: token, after: ended) == nil)
    #expect(try names() == [token, "\(token).1"])
  }

  @Test func aStartThatWasFirstIsNotSuperseded() throws {
    try claim(0)
    let ended = try #require(standing())
    try claim(1, restart: 1)
    let newer = try #require(
      try Claim.supersede(runDirectory: folder, token: token, after: ended))
    #expect(newer.generation == 1 && newer.restart == 1)
    #expect(try Claim.supersede(runDirectory: folder, token: token, after: newer) == nil)
    #expect(standing()?.generation == 2)
  }

  /// A node that lost its power leaves an empty file under a name that stands.
  @Test(arguments: ["", "?"]) func aDamagedClaimIsSomebodys(text: String) throws {
    try claim(0)
    let ended = try #require(standing())
    try writeDurably(text, to: Claim.path(runDirectory: folder, token: token, generation: 1))
    let damaged = try #require(standing())
    #expect(damaged.kind == .claim && damaged.generation == 1 && damaged.jobID == nil)
    #expect(damaged.process == nil)
    // Whoever it was may train: the token goes only to who knows that this start has ended.
    #expect(
      try Claim.supersede(runDirectory: folder, token: token, after: ended)?.generation == 1)
    #expect(try Claim.revoke(runDirectory: folder, token: token)?.generation == 1)
    #expect(try names() == [token, "\(token).1"])
    #expect(try Claim.supersede(runDirectory: folder, token: token, after: damaged) == nil)
    #expect(standing()?.kind == .revoked && standing()?.generation == 2)
  }

  /// 0 and negative numbers are no process to kill(2), but many.
  @Test(arguments: [-7, -1, 0, 1, 2]) func aClaimNamesOneProcess(pid: Int) {
    let claim = Claim("kind=claim\nboot_id=b\npid=\(pid)\nstart_time=3\n")
    #expect(claim != nil && (claim?.process != nil) == (pid > 1))
  }

  // MARK: What a network file system answers

  /// The real calls, their answers bent by a test.
  private func calls(
    link: @escaping @Sendable (Int, () -> Int32) -> Int32 = { $1() },
    status:
      @escaping @Sendable (
        Int, () -> Result<LinkCalls.FileIdentity, LinkCalls.Refusal>
      ) -> Result<LinkCalls.FileIdentity, LinkCalls.Refusal> = { $1() }
  ) -> LinkCalls {
    let (links, questions) = (Counter(), Counter())
    return LinkCalls(
      link: { file, name in link(links.next()) { LinkCalls.system.link(file, name) } },
      status: { path in status(questions.next()) { LinkCalls.system.status(path) } }, pause: {})
  }

  /// The request was carried out, its reply lost, and it was sent again: the second one finds the name.
  @Test(arguments: [EEXIST, EIO, ESTALE, ETIMEDOUT, ENOENT, EPERM])
  func aLinkThatWasMadeIsWonWhateverTheCallSays(code: Int32) throws {
    let lost = calls(link: { _, link in link() == 0 ? code : EEXIST })
    #expect(try Claim.revoke(runDirectory: folder, token: token, calls: lost) == nil)
    try claim(0)
    let ended = try #require(standing())
    #expect(
      try Claim.supersede(runDirectory: folder, token: token, after: ended, calls: lost) == nil)
    #expect(standing()?.kind == .revoked && standing()?.generation == 1)
  }

  /// A reply that says no in whatever words, while another start has the name.
  @Test(arguments: [EEXIST, EIO, ESTALE, ENOENT])
  func aLinkThatSomebodyElseMadeIsLost(code: Int32) throws {
    try claim(0, restart: 4)
    let bent = calls(link: { _, link in link() == 0 ? 0 : code })
    let first = try Claim.revoke(runDirectory: folder, token: token, calls: bent)
    #expect(first?.restart == 4)
  }

  /// The name is there, and a cache still says that it is not.
  @Test func aStaleCacheIsAskedAgain() throws {
    let stale = calls(
      link: { _, link in
        _ = link()
        return EEXIST
      },
      status: { question, status in
        question < 6 && question % 2 == 1 ? .failure(.init(code: ENOENT)) : status()
      })
    #expect(try Claim.revoke(runDirectory: folder, token: token, calls: stale) == nil)
    #expect(standing()?.kind == .revoked)
  }

  /// The request is carried out only after the client gave up.
  @Test func aLinkThatIsMadeLateIsOneStill() throws {
    let late = calls(link: { attempt, link in attempt == 0 ? EIO : link() })
    #expect(try Claim.revoke(runDirectory: folder, token: token, calls: late) == nil)
    #expect(standing()?.kind == .revoked)
  }

  /// Nobody knows; who may not replace the token must hear that, and nothing is left behind.
  @Test(arguments: [(EIO, 10), (ESTALE, 10), (EPERM, 1), (ENOSPC, 1), (EROFS, 1)])
  func whatCannotBeKnownIsAnError(code: Int32, tries: Int) throws {
    let count = Counter()
    let broken = calls(link: { _, _ in
      _ = count.next()
      return code
    })
    let error = #expect(throws: FileError.self) {
      try Claim.revoke(runDirectory: folder, token: token, calls: broken)
    }
    #expect(error?.code == code && count.next() == tries)
    #expect(try names() == [])
  }

  @Test func ofManyWhoTakeATokenBackAllAgree() async throws {
    let (folder, token) = (folder, token)
    let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 {
        group.addTask { try Claim.revoke(runDirectory: folder, token: token) == nil }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers == Array(repeating: true, count: 32))
    #expect(try names() == [token])
  }
}

/// Counts from 0.
private final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock {
      $0 += 1
      return $0 - 1
    }
  }
}
