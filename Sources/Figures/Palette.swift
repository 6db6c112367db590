/// The colours of figures, for light and for dark surroundings.
///
/// The hues follow Okabe and Ito's set, which people with any colour vision can tell apart; each is
/// darkened or lightened until text in it has a contrast of at least 4.5 to the background.
enum Palette {
  private static let light = Colours(
    background: "#ffffff", text: "#1f2328", faint: "#59636e", grid: "#e4e7eb", axis: "#818b98",
    band: "#f0e9dc", hues: ["#c2410c", "#0969b5", "#0a7a5c", "#9a3d86", "#7d6100", "#59636e"])
  private static let dark = Colours(
    background: "#0d1117", text: "#e6edf3", faint: "#9198a1", grid: "#21262d", axis: "#656c76",
    band: "#2a2418", hues: ["#ff9a62", "#6cb6ff", "#45cfa7", "#e39bd3", "#dcb843", "#9198a1"])

  /// The number of different hues; further numbers begin again.
  static let count = light.hues.count

  /// The style sheet: sizes once, colours for both surroundings.
  static let css = """
    text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,"DejaVu Sans",sans-serif}
    .title{font-weight:600;font-size:14px}.small{font-size:12px}.tiny{font-size:10px}
    .curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
    .thin{stroke-width:1.3}.dashed{stroke-dasharray:6 4}.leader{stroke-width:.8;fill:none}
    \(light.css)
    @media (prefers-color-scheme:dark){
    \(dark.css)
    }
    """

  /// The class of a hue's lines, of its texts and of its areas.
  static func line(_ hue: Int) -> String { "l\(hue % count)" }
  static func text(_ hue: Int) -> String { "t\(hue % count)" }
  static func area(_ hue: Int) -> String { "a\(hue % count)" }
}

private struct Colours {
  let background: String
  let text: String
  let faint: String
  let grid: String
  let axis: String
  let band: String
  let hues: [String]

  var css: String {
    let common = """
      .ground{fill:\(background)}text{fill:\(text)}.faint{fill:\(faint)}.band{fill:\(band)}
      .grid{stroke:\(grid)}.axis{stroke:\(axis)}
      """
    let series = hues.enumerated().map { number, colour in
      ".l\(number){stroke:\(colour)}.t\(number){fill:\(colour)}"
        + ".a\(number){fill:\(colour);stroke:\(colour);stroke-width:.5;opacity:.4}"
    }
    return common + "\n" + series.joined(separator: "\n")
  }
}
