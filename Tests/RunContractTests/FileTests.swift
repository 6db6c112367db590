import Foundation
import RunContract
import Testing

@Suite final class FileTests {
  private let folder: String

  init() throws {
    folder = "\(NSTemporaryDirectory())/run-contract-\(UUID().uuidString)"
    try makeDirectory(folder)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func aDurableWriteReplacesTheWholeFileAndLeavesNothingElse() throws {
    let path = "\(folder)/a"
    try writeDurably("first, which is longer", to: path)
    try writeDurably("second", to: path)
    #expect(try readFile(path) == Data("second".utf8))
    #expect(try names() == ["a"])
    #expect(try mode(path) == 0o600 && mode(folder) == 0o700)
    try writeDurably("", to: path)
    #expect(try readFile(path).isEmpty)
  }

  @Test func manyWritersLeaveOneWholeText() async throws {
    let path = "\(folder)/shared"
    let texts = (0..<16).map { String(repeating: "\($0),", count: 20_000) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for text in texts { group.addTask { try writeDurably(text, to: path) } }
      try await group.waitForAll()
    }
    let found = String(decoding: try readFile(path), as: UTF8.self)
    #expect(texts.contains(found))
    #expect(try names() == ["shared"])
  }

  @Test func aWriteThatFailsSaysWhyAndLeavesNothing() throws {
    try makeDirectory("\(folder)/taken")
    try writeDurably("x", to: "\(folder)/taken/inside")
    for path in ["\(folder)/none/a", "\(folder)/taken"] {
      let error = #expect(throws: FileError.self) { try writeDurably("x", to: path) }
      #expect(error?.path == path)
    }
    #expect(try names() == ["taken"])
    let error = #expect(throws: FileError.self) { try readFile("\(folder)/none") }
    #expect(error?.description == "cannot read \(folder)/none: No such file or directory")
  }

  @Test func hashesAreSHA256() throws {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(sha256Hex("") == empty)
    #expect(
      sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let path = "\(folder)/large"
    let data = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) })
    try writeDurably(data, to: path)
    #expect(try sha256Hex(ofFileAt: path) == sha256Hex(data))
    try writeDurably("", to: path)
    #expect(try sha256Hex(ofFileAt: path) == empty)
    #expect(throws: (any Error).self) { try sha256Hex(ofFileAt: "\(folder)/none") }
  }

  @Test func aTextIsReadWithinItsBoundOnly() throws {
    try writeDurably("abcö", to: "\(folder)/text")
    #expect(try readText("\(folder)/text", limit: 5) == "abcö")
    #expect(throws: TextFileError.self) { try readText("\(folder)/text", limit: 4) }
    #expect(throws: TextFileError.self) { try readText(folder) }
    #expect(throws: TextFileError.self) { try readText("/dev/zero") }
    try writeDurably(Data([0xC3]), to: "\(folder)/torn")
    #expect(throws: TextFileError.self) { try readText("\(folder)/torn") }
  }
}
