/// Two texts' differences in the unified format of diff(1): hunks with lines of context around each change,
/// headed by `@@ -from,count +from,count @@`.
public struct UnifiedDiff: Sendable {
  /// The lines, without line feeds; none where the texts are equal.
  public let lines: [String]

  /// One line of the merged texts.
  private struct Step {
    let sign: Character
    let line: Substring
    /// How many lines of either text come before it.
    let old: Int
    let new: Int
  }

  /// The differences of two texts.
  /// - Parameters:
  ///   - names: what heads either side.
  ///   - context: how many unchanged lines are shown around a change.
  public init(_ old: String, _ new: String, names: (old: String, new: String), context: Int = 3) {
    let steps = Self.steps(
      old.split(separator: "\n", omittingEmptySubsequences: false),
      new.split(separator: "\n", omittingEmptySubsequences: false))
    var lines: [String] = []
    for hunk in Self.hunks(steps, context: context) {
      let removed = hunk.filter { $0.sign != "+" }.count
      let added = hunk.filter { $0.sign != "-" }.count
      // A side without lines is named by the line before it.
      let from = hunk[hunk.startIndex].old + (removed > 0 ? 1 : 0)
      let to = hunk[hunk.startIndex].new + (added > 0 ? 1 : 0)
      lines.append("@@ -\(from),\(removed) +\(to),\(added) @@")
      lines += hunk.map { "\($0.sign)\($0.line)" }
    }
    self.lines = lines.isEmpty ? [] : ["--- \(names.old)", "+++ \(names.new)"] + lines
  }

  private static func steps(_ old: [Substring], _ new: [Substring]) -> [Step] {
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var steps: [Step] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      if i < old.count, removed.contains(i) {
        steps.append(Step(sign: "-", line: old[i], old: i, new: j))
        i += 1
      } else if j < new.count, added.contains(j) {
        steps.append(Step(sign: "+", line: new[j], old: i, new: j))
        j += 1
      } else {
        steps.append(Step(sign: " ", line: old[i], old: i, new: j))
        i += 1
        j += 1
      }
    }
    return steps
  }

  /// Changes with their context; those whose contexts touch are one hunk.
  private static func hunks(_ steps: [Step], context: Int) -> [ArraySlice<Step>] {
    var ranges: [Range<Int>] = []
    for (place, step) in steps.enumerated() where step.sign != " " {
      let range = max(0, place - context)..<min(steps.count, place + context + 1)
      if let last = ranges.last, range.lowerBound <= last.upperBound {
        ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
      } else {
        ranges.append(range)
      }
    }
    return ranges.map { steps[$0] }
  }
}
