import Exports
import Foundation
import RunContract
import TestSupport
import Testing

@Suite struct Output {
  private func names(_ scratch: Scratch) throws -> [String] {
    try namesInFolder(scratch.path).sorted()
  }

  @Test(arguments: ExportFormat.allCases) func nothingIsOverwritten(format: ExportFormat) throws {
    let scratch = try Scratch()
    try scratch.write("mine", to: format.isFolder ? "out/mine.txt" : "out")
    for replacing in [false, format.isFolder] {
      let error = #expect(throws: ExportError.self) {
        try Export(format, to: scratch("out"), replacing: replacing)
      }
      #expect(error?.description.hasPrefix("--output: ") == true)
    }
    #expect(scratch.read(format.isFolder ? "out/mine.txt" : "out") == "mine")
    #expect(try names(scratch) == ["out"])
  }

  @Test(arguments: ExportFormat.allCases) func anOlderExportIsReplaced(format: ExportFormat) throws
  {
    let scratch = try Scratch()
    try Samples.export(format, to: scratch("out"))
    #expect(throws: ExportError.self) { try Samples.export(format, to: scratch("out")) }
    let export = try Export(format, to: scratch("out"), replacing: true)
    #expect(try export.finish().runs == 0)
    #expect(try names(scratch) == ["out"])
    let other = format == .csv ? ExportFormat.mlflow : .csv
    #expect(throws: ExportError.self) { try Export(other, to: scratch("out"), replacing: true) }
  }

  @Test(arguments: ExportFormat.allCases) func anAbandonedExportLeavesNothing(
    format: ExportFormat
  ) throws {
    let scratch = try Scratch()
    do {
      let export = try Export(
        format, to: scratch("out"), parameterNames: Samples.parameterNames)
      try export.add(Samples.hostile)
      #expect(try names(scratch).allSatisfy { $0.hasSuffix(".tmp") })
    }
    #expect(try names(scratch).isEmpty)
  }

  @Test(arguments: ExportFormat.allCases) func anEmptyFolderMayBeThere(format: ExportFormat) throws
  {
    let scratch = try Scratch()
    try makeDirectory(scratch("out"))
    if format.isFolder {
      try Samples.export(format, to: scratch("out/"))
      #expect(scratch.read("out/export.json")?.contains("\"format\": \"\(format)\"") == true)
    } else {
      #expect(throws: ExportError.self) { try Export(format, to: scratch("out")) }
    }
  }

  @Test(arguments: ExportFormat.allCases) func whatCameInBetweenStays(format: ExportFormat) throws {
    let scratch = try Scratch()
    let export = try Export(format, to: scratch("out"))
    try scratch.write("mine", to: format.isFolder ? "out/mine.txt" : "out")
    #expect(throws: FileError.self) { try export.finish() }
    #expect(scratch.read(format.isFolder ? "out/mine.txt" : "out") == "mine")
  }

  @Test(arguments: ExportFormat.allCases) func everythingStaysInTheFolder(
    format: ExportFormat
  ) throws {
    let scratch = try Scratch()
    var run = Samples.hostile
    run.name = "../../x"
    run.experiment = "../y"
    let export = try Export(format, to: scratch("a/b/out"), parameterNames: Samples.parameterNames)
    try export.add(run)
    _ = try export.finish()
    #expect(try names(scratch) == ["a"])
    #expect(try namesInFolder(scratch("a")) == ["b"])
    #expect(try namesInFolder(scratch("a/b")) == ["out"])
  }

  @Test func equalRunsMakeEqualExports() throws {
    let scratch = try Scratch()
    for name in ["one", "two"] { try Samples.export(.tensorboard, to: scratch(name)) }
    let files = try FileManager.default.subpathsOfDirectory(atPath: scratch("one")).sorted()
    #expect(files.filter { $0.contains("tfevents") }.count == 3)
    #expect(FileManager.default.contentsEqual(atPath: scratch("one"), andPath: scratch("two")))
  }

  @Test func namesOccurOnce() throws {
    let scratch = try Scratch()
    let export = try Export(.mlflow, to: scratch("out"))
    try export.add(Samples.usual)
    let error = #expect(throws: ExportError.self) { try export.add(Samples.usual) }
    #expect(error?.description == "two runs have the name \"mix-3\"")
    var run = Samples.bare
    run.series = [Samples.series("loss"), Samples.series("loss")]
    let other = try Export(.mlflow, to: scratch("other"))
    #expect(throws: ExportError.self) { try other.add(run) }
  }

  @Test func stepsAreInOrder() {
    let points = [3, 1, 2, 1].enumerated().map {
      ExportedSeries.Point(step: $0.element, epoch: 1, time: nil, value: Double($0.offset))
    }
    let series = ExportedSeries(name: "loss", points: points)
    #expect(series.points.map(\.step) == [1, 1, 2, 3])
    #expect(series.points.map(\.value) == [1, 3, 2, 0])
  }
}
