import Autograd
import Testing

@Suite struct MatrixLibraryTests {
  /// Once oneDNN has chosen, only what it has chosen can be had.
  @Test func pinAfterTheChoice() {
    let chosen = MatrixLibrary.instructionSet
    #expect(MatrixLibrary.pin(instructionSet: chosen))
    #expect(!MatrixLibrary.pin(instructionSet: "abacus"))
    for other in ["sse4.1", "avx2", "avx512_core_amx"] where other != chosen {
      #expect(!MatrixLibrary.pin(instructionSet: other))
    }
    #expect(MatrixLibrary.instructionSet == chosen)
  }

  @Test func peakIsARate() {
    let peak = MatrixLibrary.measuredPeak(threads: 2)
    // From an old single core to a large node.
    #expect(peak > 0.1 && peak < 1e6)
  }
}
