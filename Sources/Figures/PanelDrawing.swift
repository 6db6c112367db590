/// One panel as SVG elements.
struct PanelDrawing {
  let panel: Panel
  let frame: Frame
  /// Tells the clip paths of a drawing apart.
  let number: Int

  var elements: [String] {
    [text(panel.title, x: frame.left - 44, y: frame.top - 12, class: "title")]
      + bands + grid + xAxis + yAxis + content + labels
  }

  private func x(_ share: Double) -> Double { frame.left + share * frame.width }
  private func y(_ share: Double) -> Double { frame.bottom - share * frame.height }

  // MARK: Behind the curves

  private var bands: [String] {
    panel.bands.flatMap { band -> [String] in
      guard let from = panel.x.position(band.range.lowerBound),
        let to = panel.x.position(band.range.upperBound)
      else { return [] }
      let (left, right) = (x(min(max(from, 0), 1)), x(min(max(to, 0), 1)))
      return [
        element(
          "rect",
          [
            "x": length(left), "y": length(frame.top), "width": length(right - left),
            "height": length(frame.height), "class": "band",
          ]), bandLabel(band.label, from: left, to: right),
      ]
    }
  }

  /// A band's name above it, where no curve runs through it; kept from the curves' names on the right.
  private func bandLabel(_ label: String, from left: Double, to right: Double) -> String {
    let isWide = right - left > 7 * Double(label.count)
    return text(
      label, x: isWide ? (left + right) / 2 : right, y: frame.top - 6, class: "small faint",
      anchor: isWide ? "middle" : "end")
  }

  private var grid: [String] {
    panel.y.ticks.compactMap(panel.y.position).filter { $0 > 0 }.map {
      line(frame.left, y($0), frame.right, y($0), class: "grid")
    }
  }

  private var xAxis: [String] {
    let ticks = panel.x.ticks.compactMap { tick in panel.x.position(tick).map { (tick, x($0)) } }
    let axis = line(frame.left, frame.bottom, frame.right, frame.bottom, class: "axis")
    let marks = ticks.map { line($1, frame.bottom, $1, frame.bottom + 5, class: "axis") }
    guard frame.hasXLabels else { return [axis] + marks }
    let names = ticks.map {
      text(label($0), x: $1, y: frame.bottom + 20, class: "small faint", anchor: "middle")
    }
    let title = text(
      panel.x.title, x: frame.left + frame.width / 2, y: frame.bottom + 40, class: "small",
      anchor: "middle")
    return [axis] + marks + names + [title]
  }

  private var yAxis: [String] {
    let axis = line(frame.left, frame.top, frame.left, frame.bottom, class: "axis")
    let ticks = panel.y.ticks.compactMap { tick in panel.y.position(tick).map { (tick, y($0)) } }
    let names = ticks.map {
      text(label($0), x: frame.left - 9, y: $1 + 4, class: "small faint", anchor: "end")
    }
    let place = "translate(\(length(frame.left - 42)),\(length(frame.top + frame.height / 2)))"
    let title = element(
      "text",
      ["class": "small", "text-anchor": "middle", "transform": place + " rotate(-90)"],
      escaped(panel.y.title))
    return [axis] + ticks.map { line(frame.left - 5, $1, frame.left, $1, class: "axis") } + names
      + [title]
  }

  // MARK: Curves and areas

  private var content: [String] {
    let clip = "panel\(number)"
    let box = element(
      "rect",
      [
        "x": length(frame.left), "y": length(frame.top - 1), "width": length(frame.width),
        "height": length(frame.height + 2),
      ])
    let drawn = panel.areas.map(area) + panel.curves.map(path)
    return [
      element("clipPath", ["id": clip], box),
      element("g", ["clip-path": "url(#\(clip))"], drawn.joined(separator: "\n")),
    ] + panel.curves.flatMap(dots)
  }

  private func area(_ area: Area) -> String {
    func outline(_ value: (Double) -> Point?, _ place: Double) -> String? {
      value(place).map { "\(length(x($0.x))),\(length(y($0.y)))" }
    }
    let upper = area.points.compactMap { point in
      outline({ panel.place(Point(point.x, $0)) }, point.high)
    }
    let lower = area.points.reversed().compactMap { point in
      outline({ panel.place(Point(point.x, $0)) }, point.low)
    }
    return element(
      "polygon",
      ["points": (upper + lower).joined(separator: " "), "class": Palette.area(area.hue)])
  }

  private func path(_ curve: Curve) -> String {
    var isOpen = false
    let commands = curve.points.compactMap { point -> String? in
      guard let place = panel.place(point) else {
        isOpen = false
        return nil
      }
      defer { isOpen = true }
      return (isOpen ? "L" : "M") + "\(length(x(place.x))),\(length(y(place.y)))"
    }
    let isBehind = panel.areas.isEmpty ? "" : " thin"
    let dashes = curve.isDashed ? " dashed" : ""
    return element(
      "path",
      [
        "class": "curve\(isBehind)\(dashes) \(Palette.line(curve.hue))",
        "d": commands.joined(),
      ])
  }

  private func dots(_ curve: Curve) -> [String] {
    // On a logarithmic axis there is no place for a zero.
    let places = curve.dots.filter { panel.y.scale == .linear || $0.y > 0 }.compactMap(panel.place)
    return places.filter { (0...1).contains($0.y) && (0...1).contains($0.x) }
      .map {
        element(
          "circle",
          [
            "cx": length(x($0.x)), "cy": length(y($0.y)), "r": "3.2",
            "class": Palette.text(curve.hue),
          ])
      }
  }

  /// The curves' names beside their ends, with a thin line where a name had to move.
  private var labels: [String] {
    let named = panel.curves.compactMap { curve in
      curve.label.isEmpty ? nil : panel.end(of: curve).map { (curve, x($0.x), y($0.y)) }
    }
    let places = spread(named.map { $0.2 }, gap: 18, within: frame.top...frame.bottom)
    return zip(named, places).flatMap { entry, place -> [String] in
      let (curve, endX, endY) = entry
      let name = text(
        curve.label, x: frame.right + 20, y: place + 4, class: Palette.text(curve.hue))
      let points =
        "\(length(endX + 3)),\(length(endY)) \(length(frame.right + 8)),\(length(place))"
        + " \(length(frame.right + 16)),\(length(place))"
      return [
        name,
        element(
          "polyline", ["points": points, "class": "leader \(Palette.line(curve.hue))"]),
      ]
    }
  }
}
