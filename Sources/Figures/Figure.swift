// Figures: plots as SVG documents and in the terminal, from one description.
//
//     var panel = Panel("Input", x: Axis("time, s", 0...16), y: Axis("amplitude", -1...1))
//     panel.areas = [Area(peaks, hue: 1)]              // filled between (x, low, high): a waveform
//     panel.curves = [Curve("envelope", points, hue: 0)]  // named beside its end, or "" for no name
//     panel.bands = [Band(3...4, "silence")]           // a shaded range of x
//     Figure(title: …, description: …, panels: [panel, …], arrangement: .stack).svg
//     TerminalPlot(panel, width: 80).lines()
//
// `.stack` puts panels one below the other over the last one's x axis, `.row` side by side. Ticks are
// found unless given. Texts may hold anything: they are escaped. Hues are numbers in `Palette`, whose
// colours follow the reader's choice of light or dark.

/// One or more panels as a drawing that can stand in a page or a paper.
public struct Figure: Sendable {
  /// How panels are arranged.
  public enum Arrangement: Sendable {
    /// Side by side, each with its axes.
    case row
    /// One below the other over one x axis.
    case stack
  }

  /// What it shows, in one line.
  public let title: String
  /// What a reader who cannot see it needs to know.
  public let description: String
  /// A line below the panels.
  public let caption: String
  public let panels: [Panel]
  public let arrangement: Arrangement

  /// A figure.
  public init(
    title: String, description: String, caption: String = "", panels: [Panel],
    arrangement: Arrangement
  ) {
    self.title = title
    self.description = description
    self.caption = caption
    self.panels = panels
    self.arrangement = arrangement
  }

  /// The figure as an SVG document that follows the reader's choice of light or dark.
  public var svg: String {
    let frames = frames
    let width = Self.width
    let captionHeight = caption.isEmpty ? 0.0 : 26
    let height = (frames.map(\.outerBottom).max() ?? 0) + captionHeight
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(length(width)) \(length(height))\""
        + " width=\"\(length(width))\" height=\"\(length(height))\" role=\"img\">",
      element("title", [:], escaped(title)), element("desc", [:], escaped(description)),
      element("style", [:], Palette.css),
      element("rect", ["width": "100%", "height": "100%", "class": "ground"]),
    ]
    for (number, (panel, frame)) in zip(panels, frames).enumerated() {
      parts += PanelDrawing(panel: panel, frame: frame, number: number).elements
    }
    if !caption.isEmpty {
      parts.append(text(caption, x: 16, y: height - 12, class: "small faint"))
    }
    return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
  }
}

/// Where a panel's plot lies in the drawing, and what it has to say itself.
struct Frame {
  var left: Double
  var top: Double
  var width: Double
  var height: Double
  /// Whether the x axis has its labels here.
  var hasXLabels: Bool

  var right: Double { left + width }
  var bottom: Double { top + height }
  var outerBottom: Double { bottom + (hasXLabels ? 52 : 10) }
}

extension Figure {
  private static let width = 980.0
  /// Room for the labels of the y axis and its title.
  private static let leftMargin = 60.0
  private static let titleHeight = 34.0

  private var frames: [Frame] {
    switch arrangement {
    case .row: rowFrames
    case .stack: stackFrames
    }
  }

  private var rowFrames: [Frame] {
    let share = Self.width / Double(max(1, panels.count))
    return panels.indices.map { index in
      let labels = labelMargin(panels[index])
      return Frame(
        left: share * Double(index) + Self.leftMargin, top: Self.titleHeight + 6,
        width: max(80, share - Self.leftMargin - labels), height: 300, hasXLabels: true)
    }
  }

  private var stackFrames: [Frame] {
    let labels = panels.map(labelMargin).max() ?? 0
    let height = 108.0
    return panels.indices.map { index in
      Frame(
        left: Self.leftMargin + 4,
        top: Self.titleHeight + Double(index) * (height + Self.titleHeight),
        width: Self.width - Self.leftMargin - 4 - labels, height: height,
        hasXLabels: index == panels.count - 1)
    }
  }

  /// Room for the curves' labels on the right. Fonts differ, so a character counts generously.
  private func labelMargin(_ panel: Panel) -> Double {
    let longest = panel.curves.map(\.label.count).max() ?? 0
    return longest == 0 ? 20 : 26 + 7 * Double(longest)
  }
}
