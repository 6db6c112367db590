import ArgumentParser
import Training

/// `train mix`.
struct MixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mix",
    abstract: "Mixes two recordings with a trained model.",
    discussion: """
      Examples:
        train mix --checkpoint best.safetensors --input a.wav --target b.flac \\
          --output mix.wav
        train mix --checkpoint best.safetensors --input a.wav --target b.wav \\
          --output mix.wav --svg mix.svg --json

      Reads whatever libsndfile reads, at any rate and length up to \(Recording.longestSeconds / 60) \
      minutes: channels are mixed down, other rates are converted to 24 kHz, and of two lengths the \
      shorter decides. Prints the correlations of the mix's envelope with both sources', the mean \
      masks and the verdict. Recordings longer than a minute, and than the clips of the training, are \
      mixed minute by minute, each with all that the network can see on both sides, so that nothing \
      is heard of the seams. The mix is a mono WAV file of 16 bits; one that would be cut at full \
      scale is scaled down, with a word on standard error.

      Exit codes: 64 bad usage, 65 a source or the checkpoint cannot be used, 74 a file cannot be \
      written.
      """)

  @Option(help: "The model, as `train run` writes it.")
  var checkpoint: String

  @Option(help: "The first source.")
  var input: String

  @Option(help: "The second source.")
  var target: String

  @Option(help: "The WAV file to write; it must be none of the others.")
  var output: String

  @Flag(help: "Write 32-bit floats: exact, and peaks above full scale survive.")
  var float = false

  @Option(help: ArgumentHelp("Draw waveforms and envelopes of the three.", valueName: "file"))
  var svg: String?

  @Flag(help: "Print JSON, the numbers in full.")
  var json = false

  @OptionGroup var threads: ThreadOption

  func run() throws {
    threads.use()
    let progress = ProgressLine()
    let request = MixRequest(
      checkpoint: checkpoint, input: input, target: target, output: output,
      format: float ? .float : .pcm16, figure: svg)
    let report = try orExit { try mixFiles(request, note: warn, progress: progress.show) }
    progress.end()
    print(json ? report.json.canonical : report.text)
  }
}
