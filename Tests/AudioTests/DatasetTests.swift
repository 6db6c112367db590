import Audio
import Foundation
import RunContract
import TestSupport
import Testing

@Suite struct DatasetTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Three tracks of different rates, the second with a silent half, in nested folders.
  private func makeAudio() throws {
    let tracks = [("a.wav", 24_000, 300.0), ("b/c.wav", 44_100, 500), ("z.WAV", 8000, 700)]
    for (name, rate, frequency) in tracks {
      var samples = sine(frequency, rate: rate, seconds: 3)
      if name == "b/c.wav" { for i in samples.count / 2..<samples.count { samples[i] = 0 } }
      _ = try scratch.write(Data(), "audio/" + name)
      try writeWAV(samples, sampleRate: rate, to: scratch.file("audio/" + name))
    }
  }

  private func request(_ change: (inout DatasetRequest) -> Void = { _ in }) -> DatasetRequest {
    var request = DatasetRequest(
      audio: scratch.file("audio"), output: scratch.file("out"), duration: 0.5, pairs: 5,
      validation: 2, seed: 1)
    change(&request)
    return request
  }

  private func manifest(_ folder: String) throws -> JSONValue {
    try JSONValue(parsing: readFile(scratch.file(folder + "/manifest.json")))
  }

  private func contents(_ folder: String) throws -> [String: Data] {
    let names = scratch.names.filter { $0.hasPrefix(folder + "/") && $0.contains(".") }
    return try names.reduce(into: [:]) {
      $0[String($1.dropFirst(folder.count))] = try readFile(scratch.file($1))
    }
  }

  @Test func pairsAreWhatTheManifestSays() throws {
    try makeAudio()
    let report = try makeDataset(request())
    #expect(report.tracks == 3 && report.clips == 15 && report.silentClips == 3)
    let files = try #require(manifest("out")["files"]?.array)
    #expect(files.count == 14)
    for entry in files {
      let name = try #require(entry["file"]?.string)
      #expect(try sha256Hex(ofFileAt: scratch.file("out/" + name)) == entry["sha256"]?.string)
      let reader = try AudioReader(scratch.file("out/" + name))
      #expect(reader.sampleRate == 24_000 && reader.channels == 1)
      #expect(try reader.readMono().count == 12_000)
    }
    #expect(files.contains { $0["file"]?.string == "train/pair_0000_input.wav" })
    #expect(files.contains { $0["file"]?.string == "val/pair_0001_target.wav" })
  }

  @Test func clipsOfAPairAreOfDifferentTracksAndValidationOfOtherClips() throws {
    try makeAudio()
    let report = try makeDataset(request { $0.pairs = 20 })
    let files = try #require(manifest("out")["files"]?.array)
    var clips: [String: (source: String, offset: Double)] = [:]
    for entry in files {
      clips[entry["file"]?.string ?? ""] = (
        entry["source"]?.string ?? "", entry["offset_seconds"]?.number ?? -1
      )
    }
    for (name, clip) in clips where name.hasSuffix("_input.wav") {
      let other = name.replacingOccurrences(of: "_input", with: "_target")
      #expect(clips[other]?.source != clip.source)
    }
    let (train, validation) = (
      clips.filter { $0.key.hasPrefix("train/") }, clips.filter { $0.key.hasPrefix("val/") }
    )
    let shared = Set(train.values.map { "\($0)" }).intersection(validation.values.map { "\($0)" })
    #expect(shared.isEmpty == report.validationIsSeparate)
  }

  /// A clip cut out of a resampled file is that part of the whole file resampled.
  @Test func clipsAreCutWhereTheManifestSays() throws {
    try makeAudio()
    _ = try makeDataset(request())
    let whole = try resample(
      AudioReader(scratch.file("audio/z.WAV")).readMono(), from: 8000, to: 24_000, path: "z")
    let files = try #require(manifest("out")["files"]?.array)
    let entry = try #require(files.first { $0["source"]?.string == "z.WAV" })
    let clip = try AudioReader(scratch.file("out/" + (entry["file"]?.string ?? ""))).readMono()
    let begin = Int((entry["offset_seconds"]?.number ?? 0) * 24_000)
    let expected = whole[begin..<begin + 12_000]
    #expect(zip(clip, expected).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test func equalRequestsMakeEqualBytesAndOtherSeedsOthers() throws {
    try makeAudio()
    _ = try makeDataset(request())
    _ = try makeDataset(request { $0.output = scratch.file("again") })
    _ = try makeDataset(
      request {
        $0.output = scratch.file("other")
        $0.seed = 2
      })
    #expect(try contents("out") == contents("again"))
    #expect(try contents("out") != contents("other"))
  }

  @Test func theSameDatasetIsLeftAlone() throws {
    try makeAudio()
    #expect(try !makeDataset(request()).wasThere)
    let before = try FileManager.default.attributesOfItem(atPath: scratch.file("out"))
    #expect(try makeDataset(request()).wasThere)
    let after = try FileManager.default.attributesOfItem(atPath: scratch.file("out"))
    #expect(before[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
  }

  @Test func aDatasetWithinItsAudioIsNoSourceOfItself() throws {
    try makeAudio()
    let inside = request { $0.output = scratch.file("audio/pairs") }
    #expect(try makeDataset(inside).tracks == 3)
    #expect(try makeDataset(inside).wasThere)
  }

  @Test func anotherOrADamagedDatasetNeedsForce() throws {
    try makeAudio()
    _ = try makeDataset(request())
    let other = request { $0.seed = 9 }
    #expect(throws: AudioError.self) { try makeDataset(other) }
    _ = try scratch.write(Data("x".utf8), "out/train/pair_0000_input.wav")
    #expect(throws: AudioError.self) { try makeDataset(request()) }
    #expect(try !makeDataset(request { $0.force = true }).wasThere)
    #expect(try makeDataset(request()).wasThere)
  }

  @Test func aFolderThatIsNoDatasetIsNeverReplaced() throws {
    try makeAudio()
    _ = try scratch.write(Data("mine".utf8), "out/thesis.txt")
    #expect(throws: AudioError.self) { try makeDataset(request { $0.force = true }) }
    #expect(try readFile(scratch.file("out/thesis.txt")) == Data("mine".utf8))
  }

  @Test func brokenFilesAreSkippedAndNothingIsLeftBehind() throws {
    try makeAudio()
    _ = try scratch.write(Data("no audio".utf8), "audio/broken.flac")
    _ = try scratch.write(Data(), "audio/empty.ogg")
    let report = try makeDataset(request())
    let unusable = report.unusable.map { ($0.path as NSString).lastPathComponent }
    #expect(unusable == ["broken.flac", "empty.ogg"])
    #expect(!scratch.names.contains { $0.contains(".partial") || $0.contains(".old") })
  }

  @Test func oneTrackIsNotEnough() throws {
    _ = try scratch.write(Data(), "audio/a.wav")
    try writeWAV(
      sine(300, rate: 24_000, seconds: 2), sampleRate: 24_000, to: scratch.file("audio/a.wav"))
    let error = #expect(throws: AudioError.self) { try makeDataset(request()) }
    #expect(error?.reason.contains("two different files") == true)
    #expect(scratch.names == ["audio", "audio/a.wav"])
  }

  @Test func noAudioAtAll() throws {
    #expect(throws: AudioError(scratch.file("audio"), "there is no such folder")) {
      try makeDataset(request())
    }
    _ = try scratch.write(Data("x".utf8), "audio/readme.txt")
    let error = #expect(throws: AudioError.self) { try makeDataset(request()) }
    #expect(error?.reason.hasPrefix("no audio file in it") == true)
  }
}
