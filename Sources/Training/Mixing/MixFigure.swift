import Audio
import Figures
import Foundation
import RunContract

/// Waveforms and envelopes of input, target and mix, one below the other over one time axis.
func mixFigure(_ report: MixReport) -> Figure {
  let mixture = report.mixture
  let peaks = mixture.envelopes.flatMap { $0 } + [mixture.peak]
  let limit = roundedUp(Double(peaks.max() ?? 0))
  let time = Axis("time, s", 0...mixture.seconds)
  let amplitude = Axis("amplitude", -limit...limit, ticks: [-limit, 0, limit])
  func panel(_ title: String, _ samples: [Float], _ envelope: [Float], hue: Int) -> Panel {
    var panel = Panel(title, x: time, y: amplitude)
    panel.areas = [Area(outline(of: samples, thinnest: limit / 150), hue: hue)]
    panel.curves = [
      Curve("", envelopePoints(envelope, segment: mixture.segmentLength), hue: hue)
    ]
    return panel
  }
  let (input, target) = (report.request.input, report.request.target)
  let (toInput, toTarget) = (
    magnitude(mixture.correlationInput), magnitude(mixture.correlationTarget)
  )
  return Figure(
    title: "Input, target and mix: waveforms and envelopes",
    description:
      "Three waveforms over one time axis with the peaks of their segments drawn over them. |c| of "
      + "the mix's envelope is \(toInput) to the input's and \(toTarget) to the target's.",
    caption: String(
      format: "Lines: the envelopes that |c| compares, peaks of segments of %.4g ms.",
      Double(mixture.segmentLength) * 1000 / Double(datasetSampleRate)),
    panels: [
      panel(
        "Input, \(fileName(input)): |c| \(toInput)", mixture.input, mixture.envelopes[1], hue: 1),
      panel(
        "Target, \(fileName(target)): |c| \(toTarget)", mixture.target, mixture.envelopes[2],
        hue: 0),
      panel(
        "Mix: \(words(mixture.verdict, isSilent: mixture.isSilent)), |c| \(toInput) to the input, "
          + "\(toTarget) to the target",
        mixture.output, mixture.envelopes[0], hue: 2),
    ], arrangement: .stack)
}

/// The columns of a drawing: few enough for a small file, so many that each is a pixel or two wide.
private let columns = 600

/// The lowest and highest sample of each column, as steps, so that a single peak stays as high as it
/// is; where samples are fewer than columns, each by itself.
/// - Parameter thinnest: silence is drawn so thick.
private func outline(
  of samples: [Float], thinnest: Double
) -> [(x: Double, low: Double, high: Double)] {
  let count = min(columns, samples.count)
  return (0..<count).flatMap { column in
    let first = column * samples.count / count
    let end = (column + 1) * samples.count / count
    let part = samples[first..<end]
    let (low, high) = (Double(part.min() ?? 0), Double(part.max() ?? 0))
    let spare = max(0, thinnest - (high - low)) / 2
    return [first, end].map {
      (Double($0) / Double(datasetSampleRate), low - spare, high + spare)
    }
  }
}

/// An envelope as steps, a step a segment; where segments are many, as a line through the highest peak
/// of each column.
private func envelopePoints(_ envelope: [Float], segment: Int) -> [Point] {
  let seconds = Double(segment) / Double(datasetSampleRate)
  if envelope.count <= columns / 2 {
    return envelope.enumerated().flatMap { index, peak in
      [index, index + 1].map { Point(Double($0) * seconds, Double(peak)) }
    }
  }
  let count = min(columns, envelope.count)
  return (0..<count).map { column in
    let first = column * envelope.count / count
    let end = (column + 1) * envelope.count / count
    let peak = envelope[first..<end].max() ?? 0
    return Point(Double(first + end) / 2 * seconds, Double(peak))
  }
}

/// The next round number.
private func roundedUp(_ value: Double) -> Double {
  guard value > 0 else { return 1 }
  let power = pow(10, floor(log10(value)))
  return power * ([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8].first { $0 * power >= value } ?? 10)
}

/// |c| in three digits; a word where it is not defined.
private func magnitude(_ correlation: Double) -> String {
  correlation.isFinite ? String(format: "%.3f", correlation.magnitude) : "undefined"
}

/// A file's name without its folder, short enough for a heading.
func fileName(_ path: String) -> String {
  let name = printable((path as NSString).lastPathComponent)
  return name.count <= 40 ? name : name.prefix(24) + "…" + name.suffix(15)
}
