import Foundation

/// Many lines of `metrics.jsonl`, column by column: one list of values for each metric, as the registry
/// keeps them. A long run has hundreds of thousands of lines, and a dictionary for each would cost more
/// than reading them.
public struct MetricTable: Sendable {
  /// What was measured under one name.
  public struct Column: Sendable {
    public let name: String
    /// The name as it stands in the file.
    let bytes: [UInt8]
    /// For each value the index of its line in ``MetricTable/steps``.
    public fileprivate(set) var rows: [Int32] = []
    public fileprivate(set) var values: [Double] = []
  }

  /// The step of each line, in the file's order; a step may stand here more than once.
  public private(set) var steps: [Int] = []
  public private(set) var epochs: [Int] = []
  public private(set) var times: [Double] = []
  public private(set) var columns: [Column] = []
  /// Lines that were no records.
  public private(set) var damagedLines = 0

  /// Lines that only the general reader could judge.
  package private(set) var unusualLines = 0

  private var columnOfName: [String: Int] = [:]
  private var line = MetricLine()

  /// A table without lines.
  public init() {}

  /// A table of these records.
  public init(_ records: [MetricRecord]) {
    for record in records { append(record) }
  }

  /// Whether nothing was read, not even a damaged line.
  public var isEmpty: Bool { steps.isEmpty && damagedLines == 0 }

  /// Takes in the lines of a piece of a file up to its last newline; a line that is no record is counted.
  /// - Returns: the bytes up to and with the last newline.
  public mutating func append(linesOf piece: UnsafeRawBufferPointer) -> Int {
    guard let start = piece.baseAddress else { return 0 }
    var place = 0
    while let newline = memchr(start + place, 0x0A, piece.count - place) {
      let end = start.distance(to: newline)
      if end > place { append(line: UnsafeRawBufferPointer(rebasing: piece[place..<end])) }
      place = end + 1
    }
    return place
  }

  /// Takes in one line, without its newline.
  public mutating func append(line bytes: UnsafeRawBufferPointer) {
    if line.read(bytes, columns: columns), appendLine(bytes) { return }
    unusualLines += 1
    guard let record = MetricRecord(line: Data(bytes)) else {
      damagedLines += 1
      return
    }
    append(record)
  }

  /// Counts a line that is no record, whatever it holds.
  public mutating func countDamaged() { damagedLines += 1 }

  /// Takes in the line that was just read.
  /// - Returns: whether each of its names stands there once; JSON does not say which of two counts.
  private mutating func appendLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let row = Int32(steps.count)
    for index in line.values.indices {
      let column = line.values[index].column ?? self.column(named: bytes[line.values[index].name])
      line.values[index].column = column
      if columns[column].rows.last == row {
        takeBack(line.values[..<index])
        return false
      }
      columns[column].rows.append(row)
      columns[column].values.append(line.values[index].value)
    }
    steps.append(line.step)
    epochs.append(line.epoch)
    times.append(line.time)
    return true
  }

  private mutating func takeBack(_ values: ArraySlice<MetricLine.Value>) {
    for column in values.compactMap(\.column) {
      columns[column].rows.removeLast()
      columns[column].values.removeLast()
    }
  }

  private mutating func append(_ record: MetricRecord) {
    let row = Int32(steps.count)
    for (name, value) in record.values {
      let column = column(named: name)
      columns[column].rows.append(row)
      columns[column].values.append(value)
    }
    steps.append(record.step)
    epochs.append(record.epoch)
    times.append(record.time)
  }

  private mutating func column(named name: Slice<UnsafeRawBufferPointer>) -> Int {
    column(named: String(decoding: name, as: UTF8.self))
  }

  private mutating func column(named name: String) -> Int {
    if let known = columnOfName[name] { return known }
    columns.append(Column(name: name, bytes: Array(name.utf8)))
    columnOfName[name] = columns.count - 1
    return columns.count - 1
  }

  /// The lines as records, in the file's order.
  public var records: [MetricRecord] {
    var values = [[String: Double]](repeating: [:], count: steps.count)
    for column in columns {
      for (row, value) in zip(column.rows, column.values) { values[Int(row)][column.name] = value }
    }
    return steps.indices.map { index in
      MetricRecord(
        step: steps[index], epoch: epochs[index], time: times[index], values: values[index])
    }
  }
}
