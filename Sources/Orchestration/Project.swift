import Foundation
import Registry
import RunContract

/// A project folder and the places in it.
public struct Project: Sendable {
  /// The absolute path of the folder that holds `.orchestrate/`, without symbolic links: there are many ways
  /// to a folder, and one project.
  public let root: String

  public var registryPath: String { "\(root)/.orchestrate/registry.sqlite" }
  public var siteFile: String { "\(root)/.orchestrate/config.yaml" }
  public var templates: String { "\(root)/Templates" }
  public var jobs: String { "\(root)/Jobs" }
  /// Copies of the programs that jobs run, each under its SHA-256.
  public var programs: String { Self.programs(below: root) }

  /// The folder of the kept programs of the project in a folder.
  static func programs(below root: String) -> String { "\(root)/.orchestrate/programs" }
  /// The folder of an experiment's runs.
  public func runs(of experiment: String) -> String { "\(root)/runs/\(experiment)" }
  /// The folder of one submission.
  public func submission(_ token: String) -> String { "\(root)/submissions/\(token)" }

  init(root: String) { self.root = root }

  /// Finds the project: the named folder, else `ORCHESTRATE_PROJECT`, else the nearest folder upwards
  /// that holds `.orchestrate/`, as git finds its own.
  public static func find(
    named: String?, environment: [String: String] = inheritedEnvironment,
    currentFolder: String? = nil
  ) throws -> Project {
    let currentFolder = try currentFolder ?? Self.currentFolder()
    if let folder = named ?? environment["ORCHESTRATE_PROJECT"].flatMap({ $0.isEmpty ? nil : $0 }) {
      let path = absolute(folder, in: currentFolder)
      guard isProject(path) else {
        throw Failure(
          "\(folder) holds no project (no .orchestrate/ in it)",
          hint: "make one with `orchestrate init \(folder)`", status: .usage)
      }
      return Project(root: physical(path))
    }
    var folder = currentFolder
    while !isProject(folder) {
      let parent = (folder as NSString).deletingLastPathComponent
      guard parent != folder, !parent.isEmpty else {
        throw Failure(
          "no project here or in a folder above (no .orchestrate/)",
          hint: "make one with `orchestrate init`, or name one with --project", status: .usage)
      }
      folder = parent
    }
    return Project(root: physical(folder))
  }

  /// The folder that this process is in.
  /// - Throws: where its name is no text: what is printed, put into a script or a URI would be another folder's.
  public static func currentFolder() throws -> String {
    guard let bytes = getcwd(nil, 0) else {
      throw Failure("the current folder is gone or cannot be read", status: .usage)
    }
    defer { free(bytes) }
    guard let path = String(validatingCString: bytes) else {
      throw Failure(
        "the path of the current folder is no UTF-8: \(String(cString: bytes))",
        hint: "rename that folder, or work in another one", status: .usage)
    }
    return path
  }

  private static func isProject(_ folder: String) -> Bool {
    var isFolder: ObjCBool = false
    let path = "\(folder)/.orchestrate"
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Opens the project's registry.
  public func openRegistry() throws -> Registry { try Registry(path: registryPath) }

  /// Closes the folders of all runs and submissions to others: whoever can write there could plant the end of a
  /// run, or a checkpoint, and whoever can read sees what was trained.
  /// - Returns: what a user should know.
  public func closeFolders() -> [String] {
    [runsFolder, submissionsFolder].compactMap { folder in
      var facts = stat()
      // What a link leads to is not ours to close.
      guard lstat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { return nil }
      return closeToOthers(folder, facts, to: 0o700)
    }
  }
}

/// A path without symbolic links; itself where there is nothing.
func physical(_ path: String) -> String {
  guard let real = realpath(path, nil) else { return path }
  defer { free(real) }
  return String(cString: real)
}

/// A path made absolute and clean of `.` and `..`; links are left as they are.
public func absolute(
  _ path: String, in folder: String = FileManager.default.currentDirectoryPath
) -> String {
  let full = path.hasPrefix("/") ? path : "\(folder)/\(path)"
  var parts: [Substring] = []
  for part in full.split(separator: "/") where part != "." {
    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}
