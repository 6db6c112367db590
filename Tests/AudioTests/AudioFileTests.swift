import Audio
import CSndfile
import Foundation
import TestSupport
import Testing

@Suite struct AudioFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func floatsComeBackExactly() throws {
    let samples: [Float] = [0, 0.25, -1.5, 1e-7, 2]
    let path = scratch.file("a.wav")
    try writeWAV(samples, sampleRate: 24_000, to: path)
    let reader = try AudioReader(path)
    #expect(reader.sampleRate == 24_000 && reader.channels == 1)
    #expect(try reader.readMono() == samples)
  }

  @Test func pcm16ClipsAndRounds() throws {
    let path = scratch.file("a.wav")
    try writeWAV([0, 0.5, 2, -2], sampleRate: 8000, to: path, format: .pcm16)
    let samples = try AudioReader(path).readMono()
    #expect(zip(samples, [0, 0.5, 1, -1]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func equalSamplesMakeEqualBytes() throws {
    let samples = sine(440, rate: 24_000, seconds: 0.1)
    let files = try ["a.wav", "b.wav"].map { name in
      try writeWAV(samples, sampleRate: 24_000, to: scratch.file(name))
      return try Data(contentsOf: URL(fileURLWithPath: scratch.file(name)))
    }
    #expect(files[0] == files[1])
  }

  @Test func channelsAreAveraged() throws {
    let frames: [Int16] = [16384, 0, -16384, 8192]
    let path = try scratch.write(wavBytes(frames, channels: 2, rate: 44_100), "stereo.wav")
    let reader = try AudioReader(path)
    #expect(reader.channels == 2)
    #expect(try reader.readMono() == [0.25, -0.125])
  }

  /// FLAC is exact to 16 bits; Vorbis keeps a tone within a few per cent.
  @Test(arguments: [
    (SF_FORMAT_FLAC | SF_FORMAT_PCM_16, "a.flac", Float(1e-4)),
    (SF_FORMAT_OGG | SF_FORMAT_VORBIS, "a.ogg", Float(0.05)),
  ])
  func compressed(format: Int, name: String, tolerance: Float) throws {
    let samples = sine(440, rate: 24_000, seconds: 0.5)
    let path = scratch.file(name)
    var info = SF_INFO()
    info.samplerate = 24_000
    info.channels = 1
    info.format = Int32(format)
    let file = try #require(sf_open(path, Int32(SFM_WRITE), &info))
    #expect(sf_writef_float(file, samples, sf_count_t(samples.count)) == samples.count)
    sf_close(file)
    let read = try AudioReader(path).readMono()
    #expect(read.count == samples.count)
    #expect(zip(read, samples).allSatisfy { abs($0 - $1) < tolerance })
  }

  @Test func missing() {
    #expect(throws: AudioError(scratch.file("none.wav"), "No such file or directory")) {
      try AudioReader(scratch.file("none.wav"))
    }
  }

  @Test func empty() throws {
    let path = try scratch.write(Data(), "empty.wav")
    #expect(throws: AudioError(path, "the file is empty")) { try AudioReader(path) }
  }

  @Test func folder() {
    #expect(throws: AudioError(scratch.path, "it is no file")) { try AudioReader(scratch.path) }
  }

  @Test(arguments: ["just text, no audio at all", "RIFF", "fLaC", "OggS"])
  func noAudio(content: String) throws {
    let path = try scratch.write(Data(content.utf8), "bad.wav")
    let error = #expect(throws: AudioError.self) { try AudioReader(path).readMono() }
    #expect(error?.path == path)
  }

  @Test func headerWithoutSamples() throws {
    let path = try scratch.write(wavBytes([], channels: 1, rate: 24_000), "none.wav")
    #expect(throws: AudioError(path, "it holds no samples")) { try AudioReader(path).readMono() }
  }

  @Test func samplesThatAreNoNumbers() throws {
    let path = scratch.file("nan.wav")
    try writeWAV([0, .nan, 1], sampleRate: 24_000, to: path)
    #expect(throws: AudioError(path, "it holds samples that are no finite numbers")) {
      try AudioReader(path).readMono()
    }
  }
}
