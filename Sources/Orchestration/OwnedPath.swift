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
  ///
  /// The project may have another path than this one, through links of this user's or the system's own:
  /// whoever submitted came by that.
  public func owns(_ path: String, below folder: String) -> Bool {
    guard
      let rest = path.hasPrefix(folder + "/")
        ? path.dropFirst(folder.count + 1) : rest(of: path, below: folder)
    else { return false }
    var current = folder
    for part in rest.split(separator: "/", omittingEmptySubsequences: false) {
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
  /// Whether a path is this project's folder, by whatever way.
  func isRoot(_ path: String) -> Bool {
    path == root || physical(path) == root && Self.isOfOurLinks(path)
  }

  /// What follows the folder in a path that begins with another way to it.
  private func rest(of path: String, below folder: String) -> Substring? {
    let name = folder.dropFirst(root.count) + "/"
    guard name.count > 2, path.hasPrefix("/") else { return nil }
    var start = path.startIndex
    // Another folder above may have the same name.
    while let found = path[start...].range(of: name) {
      if isRoot(String(path[..<found.lowerBound])) { return path[found.upperBound...] }
      start = path.index(after: found.lowerBound)
    }
    return nil
  }

  /// Whether all links on a path are this user's or the system's: others could turn theirs elsewhere after
  /// we looked.
  private static func isOfOurLinks(_ path: String) -> Bool {
    var current = ""
    for part in path.split(separator: "/") {
      if part == "." || part == ".." { return false }
      current += "/\(part)"
      var facts = stat()
      guard lstat(current, &facts) == 0 else { return false }
      if facts.st_mode & S_IFMT == S_IFLNK, facts.st_uid != geteuid(), facts.st_uid != 0 {
        return false
      }
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

  /// The runs that are not another project's which is still in its place, and a word on the others: a copy of a
  /// project has their records, and nothing else of them.
  func notOfLivingProjects(
    _ runs: [RunRecord]
  ) -> (runs: [RunRecord], warnings: [String]) {
    var isThere: [String: Bool] = [:]
    var copied: [String: [RunRecord]] = [:]
    let others = runs.filter { run in
      let place = "/runs/\(run.experiment)/\(run.name)"
      guard run.directory.hasSuffix(place), !owns(run.directory, below: runsFolder) else {
        return true
      }
      let home = String(run.directory.dropLast(place.count))
      let isOriginal =
        isThere[home] ?? (access("\(home)/.orchestrate/registry.sqlite", F_OK) == 0)
      isThere[home] = isOriginal
      if isOriginal { copied[home, default: []].append(run) }
      return !isOriginal
    }
    let warnings = copied.sorted { $0.key < $1.key }.map { home, runs in
      let names = runs[0].name + (runs.count > 1 ? " and \(runs.count - 1) more" : "")
      return "\(names): left alone, for they are of the project in \(printable(home)), of which "
        + "this seems to be a copy; cancel them there, or end their jobs with scancel"
    }
    return (others, warnings)
  }
}
