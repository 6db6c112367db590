import Foundation

/// Where Slurm's commands find their configuration on this machine, and what it says. Nobody is asked.
public struct SlurmConfiguration: Sendable {
  /// Where Slurm looks, or where packages have it look, when no other place is named.
  private static let usualFolders = [
    "/etc/slurm", "/etc/slurm-llnl", "/run/slurm/conf", "/usr/local/etc",
  ]

  private let named: String?

  /// The configuration that an environment's `SLURM_CONF` names, or the machine's own.
  public init(inherited: [String: String]) {
    named = inherited["SLURM_CONF"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The file; `nil` where there is none, as where each command fetches it from the controller.
  public var path: String? {
    if let named { return named }
    return Self.usualFolders.map { "\($0)/slurm.conf" }.first { access($0, F_OK) == 0 }
  }

  /// The cluster's name, in lower case as Slurm itself takes it; `nil` where the file does not say.
  var clusterName: String? {
    guard let path, let data = FileManager.default.contents(atPath: path) else { return nil }
    let key = "clustername="
    var name: String?
    for line in data.split(separator: UInt8(ascii: "\n")) where line.count > key.utf8.count {
      // Most of ten thousand lines are of nodes.
      guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 }), first | 0x20 == 0x63
      else { continue }
      let words = String(decoding: line, as: UTF8.self).lowercased()
        .prefix { $0 != "#" }.filter { !$0.isWhitespace && $0 != "\"" }
      // Of several Slurm takes the last.
      if words.hasPrefix(key) { name = String(words.dropFirst(key.count)) }
    }
    return name
  }
}
