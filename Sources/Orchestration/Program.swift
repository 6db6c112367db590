import Foundation
import RunContract

/// The program that a job runs, found and kept at submission, so that a rebuild changes no waiting job.
public struct Program: Sendable {
  /// The whole command: an absolute path, then the arguments.
  public let command: [String]
  /// SHA-256 of the program's file.
  public let sha256: String

  /// Interpreters are no copies: they find their libraries from where they lie.
  private static let interpreters: Set = [
    "python", "python3", "bash", "sh", "env", "perl", "ruby", "node", "julia", "Rscript", "srun",
    "mpirun", "mpiexec", "conda", "apptainer", "singularity", "uv",
  ]

  /// Finds the program of a command: a path relative to the project, else beside this executable,
  /// else on PATH.
  /// - Parameter keep: whether the program is copied into the project; a dry run does not.
  public static func resolve(
    _ command: [String], project: Project, keep: Bool,
    environment: [String: String] = inheritedEnvironment
  ) throws -> Program {
    guard let word = command.first, !word.isEmpty else {
      throw Failure("the job's command is empty", hint: "command: [train, run]", status: .usage)
    }
    guard let path = find(word, project: project, environment: environment) else {
      throw Failure(
        "the command \(word) was not found",
        hint: "give its path, put it beside orchestrate, or add its folder to PATH")
    }
    let sha256 = try sha256Hex(ofFileAt: path)
    let name = (path as NSString).lastPathComponent
    let isInterpreter = isInterpreter(path)
    let kept = "\(project.programs)/\(sha256)/\(name)"
    if keep, !isInterpreter { try copy(path, to: kept, sha256: sha256) }
    return Program(
      command: [isInterpreter ? path : kept] + command.dropFirst(), sha256: sha256)
  }

  /// Whether the file must run from where it lies: an interpreter, or a script of one that looks for its
  /// modules beside the script (Python's and the like; a shell script is copied).
  private static func isInterpreter(_ path: String) -> Bool {
    let name = (path as NSString).lastPathComponent
    let isPython =
      name.hasPrefix("python") && name.dropFirst(6).allSatisfy { $0.isNumber || $0 == "." }
    if interpreters.contains(name) || isPython { return true }
    guard let head = beginning(ofFileAt: path, limit: 256), head.starts(with: "#!".utf8) else {
      return false
    }
    let line = String(decoding: head.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return ["python", "perl", "ruby", "node", "Rscript", "julia"].contains(where: line.contains)
  }

  private static func find(
    _ word: String, project: Project, environment: [String: String]
  ) -> String? {
    let candidates: [String]
    if word.contains("/") {
      candidates = [absolute(word, in: project.root)]
    } else {
      let beside = (executablePath as NSString).deletingLastPathComponent
      let path = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
      candidates = ([beside] + path).map { absolute("\($0)/\(word)", in: project.root) }
    }
    return candidates.first { path in
      var facts = stat()
      return stat(path, &facts) == 0 && facts.st_mode & S_IFMT != S_IFDIR
        && access(path, X_OK) == 0
    }
  }

  private static func copy(_ path: String, to kept: String, sha256: String) throws {
    let folder = (kept as NSString).deletingLastPathComponent
    if access(kept, F_OK) == 0 {
      try verify(kept, sha256)
      // Its age is that of its last use, for whoever looks for what nobody uses, and may have been faster.
      if utimes(folder, nil) == 0, access(kept, F_OK) == 0 { return }
    }
    try makeDirectory(folder)
    let content = try readFile(path)
    guard sha256Hex(content) == sha256 else {
      throw Failure(
        "\(path) changed while it was read", hint: "submit again when it has been built")
    }
    try writeDurably(content, to: kept, mode: 0o700)
    mark(kept, sha256)
  }

  /// Makes sure that the kept copy which a submission's command names is what it was.
  /// - Throws: ``Failure`` where it is another one, or gone. A program that is not kept is not looked at.
  static func verify(_ recipe: Recipe) throws {
    guard let path = recipe.command.first,
      path.hasPrefix("\(Project.programs(below: recipe.workingDirectory))/")
    else { return }
    try verify(path, ((path as NSString).deletingLastPathComponent as NSString).lastPathComponent)
  }

  /// Makes sure that a kept copy is what its folder's name says: a project may come from somebody else,
  /// and the hash of a program that everybody has is known to everybody.
  ///
  /// What was verified once is marked with this user's seal over the file's identity, so that a large
  /// program is not read anew for every submission.
  private static func verify(_ kept: String, _ sha256: String) throws {
    guard access(kept, F_OK) == 0 else { throw FileError("find the program", kept) }
    guard let identity = identity(of: kept, sha256) else {
      throw Failure("\(kept) is no plain file", hint: "remove it; the program is copied anew")
    }
    if let seal = try? Seal.ofUser(), let text = beginning(ofFileAt: "\(kept).seal", limit: 256),
      seal.matches(String(decoding: text, as: UTF8.self), identity)
    {
      return
    }
    guard try sha256Hex(ofFileAt: kept) == sha256 else {
      throw Failure(
        "\(kept) is not the program that its folder is named for",
        hint: "remove that folder; the program is copied anew")
    }
    mark(kept, sha256)
  }

  /// What tells this very file, as it is now, from any other.
  private static func identity(of kept: String, _ sha256: String) -> String? {
    var facts = stat()
    guard lstat(kept, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    let change = "\(facts.st_ctim.tv_sec).\(facts.st_ctim.tv_nsec)"
    return "program \(sha256) \(facts.st_dev) \(facts.st_ino) \(facts.st_size) \(change)"
  }

  /// Marks a copy as verified. A mark that is lost costs another look at the program and nothing else.
  private static func mark(_ kept: String, _ sha256: String) {
    guard let seal = try? Seal.ofUser(), let identity = identity(of: kept, sha256) else { return }
    try? writeWhole(seal.sign(identity), to: "\(kept).seal")
  }
}

/// The absolute path of this program.
public let executablePath: String =
  (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  ?? CommandLine.arguments[0]
