import Foundation
import RunContract
import TestSupport
import Testing

/// A project in a scratch folder, and the built `orchestrate` working in it.
final class Workspace: Sendable {
  let scratch: Scratch
  let environment: [String: String]
  /// The disk that the project fills alone, where it has one of its own.
  let disk: SmallDisk?

  /// A project on a cluster, or on this machine alone.
  /// - Parameter disk: the size of a disk of its own, as in `4m`; see ``SmallDisk/canBeMade``.
  init(_ cluster: TestCluster? = nil, disk size: String? = nil) async throws {
    scratch = try Scratch()
    disk = try size.map { [scratch] in try SmallDisk(at: scratch.path, size: $0) }
    var environment = cluster?.environment ?? plainEnvironment
    // Places of its own, so that tests beside it do not fill them.
    environment["XDG_RUNTIME_DIR"] = scratch.path
    environment["NO_COLOR"] = "1"
    environment["HOME"] = scratch.path
    environment["XDG_STATE_HOME"] = nil
    self.environment = environment
    try await succeed("init")
  }

  // The folder cannot be removed before.
  deinit { disk?.unmount() }

  /// Runs `orchestrate` with these arguments.
  @discardableResult
  func orchestrate(_ arguments: String..., limit: Duration = .seconds(60)) async throws -> Output {
    try await orchestrate(arguments, limit: limit)
  }

  /// The same with arguments that a test has put together.
  func orchestrate(_ arguments: [String], limit: Duration = .seconds(60)) async throws -> Output {
    try await run(
      product("orchestrate"), arguments, environment: environment, in: scratch.path, limit: limit)
  }

  /// Runs `orchestrate` and expects exit status 0.
  @discardableResult
  func succeed(_ arguments: String...) async throws -> Output {
    let output = try await run(
      product("orchestrate"), arguments, environment: environment, in: scratch.path,
      limit: .seconds(90))
    #expect(output.status == 0, "orchestrate \(arguments): \(output)")
    return output
  }

  /// Writes a job file whose trainer is a shell script.
  /// - Parameters:
  ///   - body: what the trainer does after it has left a line in `started.log` of its run directory.
  ///   - resources: further lines of `resources`.
  @discardableResult
  func jobFile(
    _ experiment: String, _ body: String, seeds: Int = 1, resources: [String] = [],
    parameters: [String] = []
  ) throws -> String {
    try scratch.write(
      """
      #!/bin/bash
      echo "$ORCHESTRATE_TOKEN $ORCHESTRATE_RESTART" >>"$ORCHESTRATE_RUN_DIR/started.log"
      \(body)
      """, to: "\(experiment).sh", executable: true)
    return try scratch.write(
      """
      experiment: \(experiment)
      command: [./\(experiment).sh]
      resources:
        time: "00:05:00"
        memory: 100M
      \(resources.map { "  \($0)" }.joined(separator: "\n"))
      params:
        epochs: 2
      \(parameters.map { "  \($0)" }.joined(separator: "\n"))
      seeds: [\((1...seeds).map(String.init).joined(separator: ", "))]
      """, to: "Jobs/\(experiment).yaml")
  }

  /// What `status --json` says, by run.
  /// - Parameters:
  ///   - tolerant: whether a target that is not known (yet) is no run instead of a failure.
  ///   - mayBeDown: whether Slurm may be away: what was last known is said then, with status 69.
  func status(
    _ targets: String..., tolerant: Bool = false, mayBeDown: Bool = false
  ) async throws -> [String: JSONValue] {
    let output = try await run(
      product("orchestrate"), ["status", "--json"] + targets, environment: environment,
      in: scratch.path)
    if tolerant, output.status == 2 { return [:] }
    #expect(output.status == 0 || mayBeDown && output.status == 69, "\(output)")
    let rows = try JSONValue(parsing: output.output).array ?? []
    return Dictionary(
      rows.compactMap { row in row["run"]?.string.map { ($0, row) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Waits until a run is in one of these states.
  @discardableResult
  func wait(
    for run: String, _ states: String..., within limit: Duration = .seconds(90)
  ) async throws -> JSONValue {
    var last: JSONValue?
    do {
      return try await eventually(within: limit, every: .milliseconds(200)) {
        last = try await status(run)[run]
        return last.flatMap { states.contains($0["state"]?.string ?? "") ? $0 : nil }
      }
    } catch {
      throw TestFailure("\(run) is not \(states): \(last?.canonical ?? "unknown"); \(error)")
    }
  }

  /// Waits until every run of an experiment is in this state.
  func waitForAll(
    _ experiment: String, _ state: String, within limit: Duration = .seconds(60)
  ) async throws {
    try await eventually(within: limit, every: .milliseconds(300)) {
      try await status(experiment).values.allSatisfy { $0["state"]?.string == state }
    }
  }

  /// The lines that trainers left: one for each time that a run was really started.
  func starts(_ experiment: String, _ run: String) -> [String] {
    (scratch.read("runs/\(experiment)/\(run)/started.log") ?? "")
      .split(separator: "\n").map(String.init)
  }
}

/// A trainer that writes a metric for each of its two epochs.
let measuringTrainer = """
  for epoch in 1 2; do
    printf '{"step":%d,"epoch":%d,"time":1,"values":{"loss":0.%d,"grad_norm":%d,"corr_penalty":0.1}}\\n' \
      "$epoch" "$epoch" "$((9 - epoch))" "$epoch" >>"$ORCHESTRATE_METRICS"
  done
  """
