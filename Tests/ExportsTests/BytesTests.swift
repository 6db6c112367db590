import Exports
import Testing

@Suite struct Bytes {
  /// The vectors of RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  @Test func checksums() {
    #expect(CRC32C.of([]) == 0)
    #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.of(Array(0..<32)) == 0x46DD_794E)
    #expect(CRC32C.of((0..<32).reversed()) == 0x113F_DB5C)
    #expect(CRC32C.masked([]) == 0xA282_EAD8)
  }

  /// The examples of the description of the wire format.
  @Test func messages() {
    #expect(Protobuf { $0.whole(1, 150) }.bytes == [0x08, 0x96, 0x01])
    #expect(Protobuf { $0.string(2, "testing") }.bytes == [0x12, 0x07] + Array("testing".utf8))
    #expect(Protobuf { $0.message(3) { $0.whole(1, 150) } }.bytes == [0x1A, 3, 8, 0x96, 1])
    #expect(
      Protobuf { $0.whole(1, -2) }.bytes == [0x08, 0xFE] + [UInt8](repeating: 0xFF, count: 8) + [1])
    #expect(Protobuf { $0.float(2, 1) }.bytes == [0x15, 0, 0, 0x80, 0x3F])
    #expect(Protobuf { $0.double(16, -2) }.bytes == [0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0xC0])
  }

  @Test func records() {
    let record = EventFile.record([1, 2, 3])
    #expect(record.count == 8 + 4 + 3 + 4)
    #expect(record.prefix(8) == [3, 0, 0, 0, 0, 0, 0, 0])
    #expect(record[12..<15] == [1, 2, 3])
  }

  @Test(arguments: [
    ("mix-1", "mix-1"), ("..", "%2E."), (".hidden", "%2Ehidden"), ("a/b", "a%2Fb"), ("", "%"),
    ("%", "%25"), ("a\n", "a%0A"), ("ü", "%C3%BC"),
  ])
  func namesOfFiles(text: String, name: String) {
    #expect(fileName(for: text) == name)
  }

  @Test func longNamesOfFiles() {
    let names = ["x", "y"].map { fileName(for: String(repeating: "a", count: 300) + $0) }
    #expect(names[0] != names[1] && names.allSatisfy { $0.utf8.count < 255 })
  }

  @Test(arguments: [
    "loss", "val/loss", "a b", "a:b", "ünï", ".hidden", "a.b", "-",
    String(repeating: "a", count: 200),
  ])
  func namesThatMLflowTakes(name: String) {
    #expect(MLflowNames([name])[name] == name)
  }

  @Test func namesThatMLflowRefuses() {
    let names = [
      "", ".", "..", "..a", "/a", "a/", "a//b", "a/../b", "a%b", "a\n", "e\u{301}",
      String(repeating: "a", count: 201), "a_b-0123456789ab",
    ]
    let changed = MLflowNames(names)
    let found = names.map { changed[$0] }
    #expect(Set(found).count == names.count)
    for (name, other) in zip(names, found) {
      #expect(
        other != name && other.wholeMatch(of: /[A-Za-z0-9_\-][A-Za-z0-9_.\-]*-[0-9a-f]{12}/) != nil)
    }
    // A name cannot be a file and a folder.
    let nested = MLflowNames(["loss", "loss/train", "loss/train/a"])
    #expect(nested["loss/train/a"] == "loss/train/a")
    #expect(nested["loss"].hasPrefix("loss-") && nested["loss/train"].hasPrefix("loss_train-"))
  }
}
