import RunContract

extension PenaltyTable {
  /// The columns that say something, by their places.
  private var shown: [Int] { columns.indices.filter { !columns[$0].isZero } }

  /// The table for people: costs, gradients, formulas and what there is to know about them.
  public var text: String {
    let zero = columns.filter(\.isZero).map { "\($0.form.name) is 0 everywhere." }
    let formulas = alignedTable(
      shown.map { index in
        let form = columns[index].form
        return ["", form.name, "f(x) = " + form.formula, "f'(x) = " + form.gradientFormula]
      }, wordColumns: [1, 2, 3])
    let sections = [
      "Cost f(x) of a correlation of magnitude x = |c|\n\n"
        + grid { _, cell in fixed(cell.cost, 2) },
      "Gradient f'(x)\n\n"
        + grid { isDead, cell in (isDead ? "dead " : "") + fixed(cell.gradient, 2) },
      formulas,
      (zero + deadZones + rounding).joined(separator: "\n"),
    ]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private func grid(_ text: (_ isDead: Bool, _ cell: Cell) -> String) -> String {
    blocks.map { block in
      let names = ["x"] + block.map { columns[$0].form.name }
      let details = [""] + block.map { columns[$0].form.detail }
      let body = zip(correlations, rows).map { x, cells in
        [shortest(x)] + block.map { text(isDead(columns[$0], at: x), cells[$0]) }
      }
      return alignedTable([names] + (details.allSatisfy(\.isEmpty) ? [] : [details]) + body)
    }.joined(separator: "\n\n")
  }

  /// The columns in blocks of about 80 characters, or a table of many penalties would be wrapped by
  /// the terminal.
  private var blocks: [[Int]] {
    var room = 0
    return shown.reduce(into: []) { blocks, index in
      let form = columns[index].form
      let width = max(form.name.count, form.detail.count, 9) + 2
      if width > room { (blocks, room) = (blocks + [[]], 80) }
      blocks[blocks.count - 1].append(index)
      room -= width
    }
  }

  private func isDead(_ column: Column, at x: Double) -> Bool {
    column.form.deadAbove.map { x > $0 } ?? false
  }

  private var deadZones: [String] {
    columns.compactMap { column in
      column.form.deadAbove.map { edge in
        """
        Dead zone: above |c| = \(canonicalNumber(edge)) the \(column.form.name) penalty with \
        \(column.form.detail) stays at
        \(fixed(column.form.cost(1), 2)) and its gradient is 0: an exact copy is not pushed away.
        """
      }
    }
  }

  private var rounding: [String] {
    let list = roundedOtherwise.map { "  " + $0.text }
    return list.isEmpty ? [] : ["The note that these rows come from rounds otherwise:"] + list
  }

  /// At least two decimals, more where the value has them.
  private func shortest(_ value: Double) -> String {
    let text = canonicalNumber(value)
    return Double(fixed(value, 2)) == value ? fixed(value, 2) : text
  }
}
