import Figures
import RunContract

/// |c| of all pairs: each pair as a dot, and how the values are distributed.
func evaluationFigure(_ report: EvaluationReport) -> Figure {
  let evaluation = report.evaluation
  let pairs = evaluation.pairs.map { pair in
    Point(pair.values["c_input"] ?? .nan, pair.values["c_target"] ?? .nan)
  }
  let mean = Point(evaluation.means["c_input"] ?? .nan, evaluation.means["c_target"] ?? .nan)
  let count = "\(pairs.count) \(pairs.count == 1 ? "pair" : "pairs")"
  let verdict = words(report.verdict)
  return Figure(
    title: "\(fileName(report.request.checkpoint)) on \(count): \(verdict)",
    description:
      "Left |c| of each mix's envelope to its input and to its target, right the share of pairs "
      + "whose |c| is below a value. The means are \(label(mean.x)) to the input and \(label(mean.y)) "
      + "to the target; from \(label(Verdict.copyingFrom)) on a mix counts as a copy.",
    caption: "\(count)" + (pairs.count > mostDots ? ", \(mostDots) of them drawn" : "")
      + "; in purple the mean: \(verdict). Shaded: |c| that counts as copying.",
    panels: [scatter(pairs, mean: mean), distribution(pairs)], arrangement: .row)
}

/// More dots than this would make a large file and no better drawing.
private let mostDots = 800

private func scatter(_ pairs: [Point], mean: Point) -> Panel {
  var panel = Panel(
    "|c| of each mix to its sources", x: Axis("|c| to the input", 0...1),
    y: Axis("|c| to the target", 0...1))
  let shown = spreadOut(pairs, atMost: mostDots)
  let limit = Verdict.copyingFrom
  panel.bands = [Band(limit...1, "copying input")]
  // Points apart: a line between pairs would mean nothing.
  let apart = shown.flatMap { [$0, Point(.nan, .nan)] }
  panel.curves = [
    Curve("", apart, hue: 2, dots: shown), Curve("", [mean], hue: 3, dots: [mean]),
    Curve("copying target", [Point(0, limit), Point(1, limit)], hue: 5, isDashed: true),
  ]
  return panel
}

private func distribution(_ pairs: [Point]) -> Panel {
  var panel = Panel(
    "Share of pairs up to a |c|", x: Axis("|c|", 0...1), y: Axis("share of pairs", 0...1))
  panel.bands = [Band(Verdict.copyingFrom...1, "copying")]
  panel.curves = [
    Curve("input", steps(pairs.map(\.x)), hue: 1), Curve("target", steps(pairs.map(\.y)), hue: 0),
  ]
  return panel
}

/// The empirical distribution: a step up at each value.
private func steps(_ values: [Double]) -> [Point] {
  let sorted = values.filter(\.isFinite).sorted()
  let share = 1 / Double(max(1, sorted.count))
  let rises = sorted.enumerated().map { index, value in (value, Double(index) * share) }
  let shown = spreadOut(rises, atMost: mostDots / 2)
  return [Point(0, 0)] + shown.flatMap { [Point($0, $1), Point($0, $1 + share)] } + [Point(1, 1)]
}

/// As many of the elements as are allowed, at even distances.
private func spreadOut<Element>(_ all: [Element], atMost most: Int) -> [Element] {
  all.count <= most ? all : (0..<most).map { all[$0 * all.count / most] }
}
