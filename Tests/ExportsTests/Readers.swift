import Exports
import Foundation
import RunContract
import TestSupport
import Testing

/// TensorBoard's and MLflow's own Python code, installed once into `.build-readers`.
enum Readers {
  static let packages = ["tensorboard", "mlflow-skinny", "sqlalchemy", "alembic"]

  static let missing: Comment =
    "TensorBoard and MLflow cannot be installed here: that needs python3 with pip, and PyPI"

  /// Whether they are there, after an attempt to install them.
  static func areAvailable() async -> Bool { await installation.value }

  private static let folder = "\(repositoryRoot)/.build-readers"
  private static let installation = Task { await install() }

  /// Installs into a folder of its own instead of a virtual environment, which takes as long once more;
  /// nothing is compiled ahead that is never imported. An installation has its name when it is whole.
  private static func install() async -> Bool {
    if FileManager.default.fileExists(atPath: folder) { return true }
    let staging = "\(folder)-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: staging) }
    let arguments =
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
      + ["--retries", "1", "--timeout", "20", "--only-binary=:all:", "--target", staging]
    guard let pip = try? await run("python3", arguments + packages, limit: .seconds(300)),
      pip.status == 0
    else { return false }
    return rename(staging, folder) == 0 || FileManager.default.fileExists(atPath: folder)
  }

  /// What a reader found.
  static func read(_ arguments: String...) async throws -> JSONValue {
    var environment = plainEnvironment
    environment["PYTHONPATH"] = folder
    environment["PYTHONUTF8"] = "1"
    let script = "\(repositoryRoot)/Tests/ExportsTests/read_exports.py"
    let output = try await run(
      "python3", [script] + arguments, environment: environment, limit: .seconds(300))
    guard output.status == 0 else { throw TestFailure("\(output)") }
    return try JSONValue(parsing: output.output)
  }
}
