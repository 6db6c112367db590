import Foundation
import RunContract
import TestSupport
import Testing

/// The key that orchestrate signs its submissions with.
@Suite(.timeLimit(.minutes(1))) struct Keys {
  @Test func withoutAKeyNothingIsSubmitted() async throws {
    let work = try await Workspace()
    try work.jobFile("keyless", "true")
    for (name, folder) in [("HOME", "/dev/null"), ("XDG_STATE_HOME", "/proc/nothing")] {
      var environment = work.environment
      environment[name] = folder
      let output = try await run(
        product("orchestrate"), ["submit", "Jobs/keyless.yaml", "--executor", "local"],
        environment: environment, in: work.scratch.path)
      #expect(output.status == 1, "\(output)")
      #expect(output.error.contains(folder) && output.error.contains("XDG_STATE_HOME"), "\(output)")
      #expect(try namesInFolder(work.scratch("submissions")).isEmpty)
      #expect(try await work.status("keyless", tolerant: true).isEmpty)
    }
  }
}
