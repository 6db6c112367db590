/// A group as the charts show it: one of the content's, or runs that stand for themselves.
struct DrawnGroup {
  let name: String
  let shortName: String
  /// The places of its runs in the content.
  let runs: [Int]
  let exploded: Int

  /// The groups of a content: its own, then the runs that are in none. Without groups each run stands for
  /// itself where they are few, else all are one.
  static func all(of content: ReportContent) -> [DrawnGroup] {
    var members = [[Int]](repeating: [], count: content.groups.count)
    var others: [Int] = []
    for (index, run) in content.runs.enumerated() {
      if let group = run.group, content.groups.indices.contains(group) {
        members[group].append(index)
      } else {
        others.append(index)
      }
    }
    var groups = zip(content.groups, members).map { group, members in
      DrawnGroup(group.name, group.shortName, members, content)
    }
    if groups.isEmpty, others.count <= 12 {
      return others.map { DrawnGroup(content.runs[$0].name, content.runs[$0].name, [$0], content) }
    }
    if !others.isEmpty {
      let name = groups.isEmpty ? "all runs" : "in no group"
      groups.append(DrawnGroup(name, name, others, content))
    }
    return groups
  }

  private init(_ name: String, _ shortName: String, _ runs: [Int], _ content: ReportContent) {
    self.name = name
    self.shortName = shortName
    self.runs = runs
    exploded = runs.count { content.runs[$0].outcome == .exploded }
  }

  /// The classes of the group's colour and dashes, by its place.
  static func style(_ index: Int) -> String {
    "c\(index % 8)" + (index < 8 ? "" : " d\(index / 8 % 4)")
  }
}
