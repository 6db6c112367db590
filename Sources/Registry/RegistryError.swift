/// What a user is told when the registry cannot do its work.
public enum RegistryError: Error, CustomStringConvertible, Sendable {
  /// The file was written by a later version of this program.
  case newerSchema(path: String)
  /// SQLite on this machine is older than the registry needs.
  case oldSQLite(version: String)
  /// The file is no database, or damaged.
  case notARegistry(path: String, reason: String)
  /// The file or its folder cannot be opened or written.
  case cannotOpen(path: String, reason: String)
  /// Another program held the registry for longer than we wait.
  case busy(path: String)
  /// A step that the table of transitions does not have.
  case impossibleTransition(run: String, from: RunState, to: RunState)

  public var description: String {
    switch self {
    case .newerSchema(let path):
      "\(path) was written by a newer orchestrate; update this one (nothing was changed)"
    case .oldSQLite(let version):
      "SQLite \(version) is too old for the registry; 3.37 or later is needed (STRICT tables)"
    case .notARegistry(let path, let reason):
      "\(path) is not a registry of orchestrate (\(reason)); move it away and run `orchestrate init`"
    case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
    case .busy(let path):
      "\(path) has been locked by another process for over \(Registry.busyTimeout) s; try again"
    case .impossibleTransition(let run, let from, let to):
      "run \(run) cannot go from \(from.rawValue) to \(to.rawValue)"
    }
  }
}
