import Autograd
import Foundation
import RunContract
import TestSupport
import Testing
import Training

/// Checkpoints as files: what was written is read, anything else is refused by name.
@Suite struct CheckpointTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func sample() throws -> Checkpoint {
    var state = TrainingState(seed: 7)
    state.step = 12
    state.bestLoss = 0.1 + 0.2
    state.lastEpoch = ["val_loss": .nan, "epoch_grad_norm_max": .infinity]
    state.clippingMemory = [1, 2.5, 1e-300]
    _ = state.order.permutation(9)
    let tensors: [String: Checkpoint.Parameter] = [
      "a": .init(shape: [2, 3], values: [1, -0.5, 3e-38, 4, 5, 6]),
      "b": .init(shape: [1], values: [.pi]),
    ]
    return Checkpoint(
      config: Config(parameters: ["data": .string("d"), "seed": .number(7)]), sampleCount: 6000,
      parameters: tensors, moments: [tensors, tensors], state: state,
      record: ExecutionRecord(
        binary: "b", instructionSet: "avx2", library: "1", threads: 2, ranks: 1,
        inexact: ["from step 3: \"x\""]), dataDigest: "abc")
  }

  @Test func whatWasWrittenIsRead() throws {
    let checkpoint = try sample()
    let path = scratch.file("a.safetensors")
    try writeDurably(checkpoint.data, to: path)
    let read = try Checkpoint.read(path)
    #expect(read.data == checkpoint.data)
    #expect(read.parameters == checkpoint.parameters && read.moments == checkpoint.moments)
    #expect(read.state.order == checkpoint.state.order && read.state.bestLoss == 0.1 + 0.2)
    #expect(read.state.lastEpoch["val_loss"]?.isNaN == true)
    #expect(read.record == checkpoint.record && read.config == checkpoint.config)
  }

  /// Every length that a torn write could leave.
  @Test func aTornFileIsRefusedByName() throws {
    let data = try sample().data
    for length in [0, 1, 7, 8, 9, 100, data.count / 2, data.count - 1] {
      let path = scratch.file("torn-\(length).safetensors")
      try data.prefix(length).write(to: URL(fileURLWithPath: path))
      refused(path, "torn-\(length).safetensors")
    }
  }

  /// In the header too: the state and the config stand there.
  @Test func aChangedHeaderIsSeen() throws {
    let data = try sample().data
    let text = try #require(data.range(of: Data("avx2".utf8)))
    var changed = data
    changed[text.lowerBound] = UInt8(ascii: "b")
    try changed.write(to: URL(fileURLWithPath: scratch.file("changed")))
    refused(scratch.file("changed"), "checksum")
  }

  /// What a run is told to go on from is not overtaken later by what came after it.
  @Test func laterCheckpointsAreSetAside() throws {
    let folder = CheckpointFolder(scratch.file("checkpoints"), keep: 1)
    var checkpoint = try sample()
    for step in [5, 9] {
      checkpoint.state.step = step
      try folder.write(checkpoint, as: "step-00000000\(step).safetensors")
    }
    try folder.write(checkpoint, as: CheckpointFolder.final)
    try Data().write(to: URL(fileURLWithPath: folder.file("step-1.safetensors.1.2.tmp")))
    try folder.setAside(beyond: 5, except: folder.file("step-000000005.safetensors"))
    try folder.removeLeftovers()
    #expect(try folder.candidates() == [folder.file("step-000000005.safetensors")])
    checkpoint.state.step = 6
    try folder.write(checkpoint)
    #expect(try folder.candidates() == [folder.file("step-000000006.safetensors")])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.contains("final.safetensors.superseded") && names.count == 3)
  }

  @Test func aChangedBitIsSeen() throws {
    var data = try sample().data
    data[data.count - 5] ^= 1
    try data.write(to: URL(fileURLWithPath: scratch.file("changed")))
    refused(scratch.file("changed"), "checksum")
  }

  @Test(
    arguments: [
      ("{}", "not written by"), ("[1]", "no JSON object"), ("{\"a\":1}", "does not fit"),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}}", "does not fit"),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", "cut short"),
      (
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],\"data_offsets\":[0,4]}}",
        "does not fit"
      ),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}", "gap"),
    ])
  func foreignFilesAreRefusedByName(header: String, message: String) throws {
    var data = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(Data(header.utf8))
    try data.write(to: URL(fileURLWithPath: scratch.file("foreign")))
    refused(scratch.file("foreign"), message)
  }

  @Test func otherBytesAreRefused() throws {
    for (name, data) in [
      ("text", Data("hello, this is no checkpoint".utf8)),
      ("ones", Data(repeating: 0xff, count: 1000)),
    ] {
      try data.write(to: URL(fileURLWithPath: scratch.file(name)))
      refused(scratch.file(name), name)
    }
    refused(scratch.file("missing"), "missing")
  }

  private func refused(_ path: String, _ message: String) {
    let failure = #expect(throws: TrainFailure.self) { try Checkpoint.read(path) }
    #expect(failure?.code == 65)
    #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
    #expect(failure?.description.contains(path) == true)
  }

  @Test func theLastAreKept() throws {
    let folder = CheckpointFolder(scratch.file("checkpoints"), keep: 2)
    var checkpoint = try sample()
    for step in [1, 2, 10, 1_234_567_890] {
      checkpoint.state.step = step
      try folder.write(checkpoint)
    }
    try folder.write(checkpoint, as: CheckpointFolder.best)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      names == ["best.safetensors", "step-000000010.safetensors", "step-1234567890.safetensors"])
  }
}
