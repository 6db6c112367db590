import Foundation
import RunContract

extension Project {
  /// Makes a project in a folder, or completes one; nothing that is there is changed.
  /// - Returns: the project and the files that were made, relative to it.
  public static func create(in folder: String) throws -> (project: Project, written: [String]) {
    try makeDirectory(folder)
    let folder = physical(folder)
    let project = Project(root: folder)
    for path in ["\(folder)/.orchestrate", project.templates, project.jobs] {
      try makeDirectory(path)
    }
    var written: [String] = []
    for (name, text) in starter {
      let path = "\(folder)/\(name)"
      if FileManager.default.fileExists(atPath: path) { continue }
      try writeDurably(text, to: path, mode: name.hasPrefix(".orchestrate/") ? 0o600 : 0o644)
      written.append(name)
    }
    let isNew = !FileManager.default.fileExists(atPath: project.registryPath)
    _ = try project.openRegistry()
    if isNew { written.append(".orchestrate/registry.sqlite") }
    return (project, written)
  }

  /// What a new project begins with: the repository's own template and job files, built into the
  /// program, so that one file is all there is to install.
  static var starter: [(name: String, text: String)] {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
    return [
      ("Templates/train.sbatch.mustache", text(PackageResources.train_sbatch_mustache)),
      ("Jobs/quadratic.yaml", text(PackageResources.quadratic_yaml)),
      ("Jobs/exponential.yaml", text(PackageResources.exponential_yaml)),
      ("Jobs/penalty-sweep.yaml", text(PackageResources.penalty_sweep_yaml)),
      ("Jobs/demo.yaml", text(PackageResources.demo_yaml)),
      (".orchestrate/config.yaml", siteFile),
      (".orchestrate/.gitignore", "*\n!config.yaml\n!.gitignore\n"),
    ]
  }

  private static let siteFile = """
    # What holds for every job of this project on this cluster; a job file overrides it.
    # Remove the # in front of what your site needs.
    #
    # account: my-project
    # partition: cpu
    # qos: normal
    # modules: [openmpi]
    # mail_user: me@example.org
    # mail_type: END,FAIL
    # sbatch: {constraint: haswell}
    #
    # Seconds without a trace after which a submission whose answer was lost is submitted anew (its token
    # is taken back first), and after which an accepted run that vanished is given up.
    # resubmit_after: 60
    # lost_after: 300

    """
}
