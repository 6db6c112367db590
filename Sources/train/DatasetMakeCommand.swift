import ArgumentParser
import Audio

/// `train dataset make`.
struct DatasetMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make",
    abstract: "Cuts a folder of audio into pairs of clips.",
    discussion: """
      Examples:
        train dataset make --audio music --out data/pairs
        train dataset make --audio music --out pairs --duration 16 --pairs 256 --seed 7

      Searches the folder and those in it for WAV, FLAC, OGG, MP3 and other files that libsndfile \
      reads, mixes them down to mono at 24 kHz, and cuts clips end to end. The two clips of a pair \
      come from different files; clips quieter than -60 dB are left out; validation uses clips that \
      no training pair uses where there are enough. Files that cannot be read are skipped with a \
      warning. The same audio and options give the same bytes.
      """)

  @Option(help: "The folder to search.")
  var audio: String

  @Option(help: "The folder to make.")
  var out: String

  @Option(help: "Seconds of a clip.")
  var duration = 4.0

  @Option(help: "Pairs to train on.")
  var pairs = 64

  @Option(help: "Pairs to validate on.")
  var val = 16

  @Option(help: "The seed of the choice.")
  var seed = 0

  @Flag(help: "Replace another dataset at --out.")
  var force = false

  func validate() throws {
    guard duration.isFinite, (0.05...3600).contains(duration) else {
      throw ValidationError("--duration must be from 0.05 to 3600 seconds")
    }
    guard (1...1_000_000).contains(pairs) else {
      throw ValidationError("--pairs must be from 1 to 1000000")
    }
    guard (0...1_000_000).contains(val) else {
      throw ValidationError("--val must be from 0 to 1000000")
    }
    guard seed >= 0 else { throw ValidationError("--seed must not be negative") }
  }

  func run() throws {
    let progress = ProgressLine()
    let request = DatasetRequest(
      audio: audio, output: out, duration: duration, pairs: pairs, validation: val, seed: seed,
      force: force)
    let report = try orExit { try makeDataset(request, progress: progress.show) }
    progress.end()
    for error in report.unusable { warn("skipped: \(error)") }
    if !report.validationIsSeparate {
      warn("too few clips: validation pairs use clips that training pairs use too")
    }
    let what = "\(pairs) pairs to train on and \(val) to validate on"
    if report.wasThere {
      print("\(out) holds this very dataset already: \(what)")
    } else {
      let silent = report.silentClips > 0 ? "; \(report.silentClips) near-silent left out" : ""
      print("\(out): \(what), from \(report.clips) clips of \(report.tracks) files\(silent)")
    }
  }
}
