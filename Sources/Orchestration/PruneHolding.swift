import Foundation
import Registry
import RunContract

/// What the directory of a run that has ended holds, and what of it may go.
struct PruneHolding {
  let run: RunRecord
  /// In the order in which it goes.
  private(set) var removable: [Pruner.Item] = []
  /// The bytes of checkpoints that stay, by what they are.
  private(set) var kept: [Checkpoint: Int] = [:]
  /// The bytes of what else stays, where whole directories are counted.
  private(set) var rest = 0

  var bytes: Int {
    removable.reduce(0) { $0 + $1.bytes } + kept.values.reduce(0, +) + rest
  }

  /// What a checkpoint is by its name: the others go before the final one, and that before the best.
  enum Checkpoint: Int {
    case other, final, best

    init(_ name: String) {
      switch name.prefix(while: { $0 != "." }) {
      case "best": self = .best
      case "final": self = .final
      default: self = .other
      }
    }

    func stays(_ keep: Pruner.Rule.Keep) -> Bool {
      switch keep {
      case .best: self != .other
      case .final: self == .final
      case .none: false
      }
    }
  }

  /// What stays of a directory that goes: without them a late copy of the run's job could train in it.
  static let safeguards: Set<String> = [RunFile.claims, RunFile.owner, RunFile.exit]

  init(_ run: RunRecord, _ rule: Pruner.Rule, _ project: Project) throws {
    self.run = run
    guard project.owns(run.directory, below: project.runsFolder) else { return }
    if rule.directories, run.state != .completed {
      try addDirectory()
    } else {
      try addCheckpoints(rule, project)
    }
  }

  private mutating func addDirectory() throws {
    let names = try namesInFolder(run.directory).filter { !Self.safeguards.contains($0) }
    if names.isEmpty { return }
    let bytes = names.reduce(0) { $0 + (DiskUse.size(of: "\(run.directory)/\($1)") ?? 0) }
    removable = [Pruner.Item(kind: .directory, path: run.directory, bytes: bytes, record: run)]
  }

  private mutating func addCheckpoints(_ rule: Pruner.Rule, _ project: Project) throws {
    let folder = "\(run.directory)/\(RunFile.checkpoints)"
    var found: [(kind: Checkpoint, time: Double, item: Pruner.Item)] = []
    if project.owns(folder, below: project.runsFolder) {
      for name in try namesInFolder(folder).sorted() {
        let path = "\(folder)/\(name)"
        guard let size = DiskUse.size(of: path) else { continue }
        let kind = Checkpoint(name)
        if kind.stays(rule.keep) {
          kept[kind, default: 0] += size
        } else {
          let item = Pruner.Item(kind: .checkpoint, path: path, bytes: size, record: run)
          found.append((kind, Self.time(of: path), item))
        }
      }
    }
    found.sort {
      ($0.kind.rawValue, $0.time, $0.item.path) < ($1.kind.rawValue, $1.time, $1.item.path)
    }
    removable = found.map(\.item)
    if rule.directories { rest = max(0, DiskUse.total(below: run.directory) - bytes) }
  }

  private static func time(of path: String) -> Double {
    var facts = stat()
    return lstat(path, &facts) == 0
      ? Double(facts.st_mtim.tv_sec) + Double(facts.st_mtim.tv_nsec) * 1e-9 : 0
  }
}

/// What comes of a quota: what there is, what is left of it, and why.
public struct PruneQuota: Sendable, Equatable {
  /// The bytes that are allowed.
  public let limit: Int
  /// What is there now.
  public let taken: Int
  /// What will be left.
  public let left: Int
  /// What is left because it is a checkpoint that stays.
  public let keptCheckpoints: Int
  /// The weakest other `keep` with which the quota would be met; `nil` where it is, or would by none.
  public let remedy: Pruner.Rule.Keep?

  /// Whether what is left is not too much.
  public var isMet: Bool { left <= limit }

  /// Takes the oldest first until the rest is not too much.
  init(_ limit: Int, _ holdings: [PruneHolding], _ items: inout [Pruner.Item]) {
    self.limit = limit
    taken = holdings.reduce(0) { $0 + $1.bytes }
    var left = taken
    for item in holdings.lazy.flatMap(\.removable) where left > limit {
      items.append(item)
      left -= item.bytes
    }
    self.left = left
    func kept(_ kind: PruneHolding.Checkpoint) -> Int {
      holdings.reduce(0) { $0 + ($1.kept[kind] ?? 0) }
    }
    let (best, final) = (kept(.best), kept(.final))
    keptCheckpoints = best + final
    remedy =
      left <= limit
      ? nil
      : best > 0 && left - best <= limit
        ? .final : best + final > 0 && left - best - final <= limit ? Pruner.Rule.Keep.none : nil
  }
}
