import Foundation
import Registry
import RunContract

extension Project {
  /// The folder of all runs.
  public var runsFolder: String { "\(root)/runs" }
  /// The folder of all submissions.
  public var submissionsFolder: String { "\(root)/submissions" }

  /// Whether a path lies below one of the project's folders with nothing but real folders in between: no
  /// `..`, and no symbolic link but the project's folder itself, which a user may have put on a scratch
  /// disk. A registry can be somebody else's, and whatever it names is checked before it is written to.
  public func owns(_ path: String, below folder: String) -> Bool {
    guard path.hasPrefix(folder + "/") else { return false }
    var current = folder
    for part in path.dropFirst(folder.count + 1).split(
      separator: "/", omittingEmptySubsequences: false)
    {
      if part.isEmpty || part == "." || part == ".." { return false }
      current += "/\(part)"
      var facts = stat()
      guard lstat(current, &facts) == 0 else {
        // What is not there yet is made by us; `..` further on would lead elsewhere all the same.
        if errno == ENOENT { continue }
        return false
      }
      if facts.st_mode & S_IFMT == S_IFLNK { return false }
    }
    return true
  }
}

extension Project {
  /// The runs whose directories are the project's own, and a word on the others, which are never touched:
  /// a registry that came from somebody else may name any path.
  func ownRuns(_ runs: [RunRecord]) -> (own: [RunRecord], warnings: [String]) {
    var warnings: [String] = []
    let own = runs.filter { run in
      if owns(run.directory, below: runsFolder) { return true }
      warnings.append(
        "\(run.name)'s directory is left alone: \(printable(run.directory)) is no folder of this "
          + "project's own (was the project moved?)")
      return false
    }
    return (own, warnings)
  }
}
