import Orchestration
import Registry
import Synchronization

/// The registry, opened on a thread of its own while the main one reads the words of the command line and the
/// job files: each takes as long as the other.
enum EarlyRegistry {
  private static let early = Mutex<(root: String, registry: BackgroundValue<Registry>)?>(nil)

  /// Begins to open the registry of the project in the current folder, where these words will most likely need
  /// it. What fails here is told when it is needed.
  static func beginIfLikely(_ arguments: [String]) {
    guard let command = arguments.first, ["submit", "status"].contains(command),
      // Another project, or nothing but help.
      !arguments.contains(where: { $0.hasPrefix("--project") || $0 == "-h" || $0 == "--help" }),
      let project = try? Project.find(named: nil)
    else { return }
    let registry = BackgroundValue { try project.openRegistry() }
    early.withLock { $0 = (project.root, registry) }
  }

  /// Begins to open a project's registry, unless that was begun before.
  static func begin(_ project: Project) -> BackgroundValue<Registry> {
    let early = early.withLock { $0 }
    if let early, early.root == project.root { return early.registry }
    return BackgroundValue { try project.openRegistry() }
  }
}
