/// How much the page holds; what is beyond is down-sampled or left out, and the page says so.
public struct ReportLimits: Sendable {
  /// Bytes of single runs' courses that are embedded for the script.
  public var runBytes: Int
  /// Single runs that are drawn without the script.
  public var drawnRuns: Int
  /// Points of a group's course; longer ones are put together by epochs beside each other.
  public var points: Int
  /// Rows of the table of runs, and lines of the parallel coordinates.
  public var rows: Int
  /// Groups that are drawn and listed.
  public var groups: Int

  public init(
    runBytes: Int = 2_400_000, drawnRuns: Int = 48, points: Int = 240, rows: Int = 2000,
    groups: Int = 64
  ) {
    self.runBytes = runBytes
    self.drawnRuns = drawnRuns
    self.points = max(points, 2)
    self.rows = rows
    self.groups = max(groups, 1)
  }

  /// Keeps a page of 1,000 runs, 200 epochs and 12 charts below 5 MB.
  public static let standard = ReportLimits()
}
