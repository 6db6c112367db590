import Orchestration
import Registry
import RunContract
import TestSupport
import Testing

/// What a name on the command line means.
@Suite struct Targets {
  private let scratch: Scratch
  private let registry: Registry

  /// Two runs of `e`, of which the second is called as an experiment is.
  init() throws {
    scratch = try Scratch()
    registry = try Registry(path: scratch("r.sqlite"))
    for (experiment, seeds) in [("e", 1...2), ("e-2", 1...3)] {
      let wish = SubmissionWish(
        experiment: experiment, jobFile: nil,
        configs: seeds.map { Config(parameters: ["seed": .number(Double($0))]) },
        directory: scratch("runs"), again: false)
      _ = try registry.intend(wish) { runs in
        [Bench.submission(of: runs, scratch, "slurm", "\(experiment).aaaaaaaaaaaa")]
      }
    }
  }

  private func names(_ text: String, isToShow: Bool = false) throws -> [String] {
    try registry.runs(named: Target(text), isToShow: isToShow).map(\.name)
  }

  @Test func aNameWithTwoMeaningsIsNotGuessed() throws {
    #expect { try names("e-2") } throws: {
      let failure = $0 as? Failure
      let words = "e-2 is a run of the experiment e, and an experiment"
      return failure?.message.contains(words) == true
        && failure?.hint?.contains("e-2/ means the experiment, e/e-2 the run") == true
        && failure?.status == .usage
    }
    #expect(try names("e-2", isToShow: true) == ["e-2", "e-2-1", "e-2-2", "e-2-3"])
    #expect(try names("e-2/") == ["e-2-1", "e-2-2", "e-2-3"])
    #expect(try names("e/e-2") == ["e-2"])
  }

  @Test func aNameWithOneMeaningHasIt() throws {
    #expect(try names("e") == ["e-1", "e-2"] && names("e/") == ["e-1", "e-2"])
    #expect(try names("e-1") == ["e-1"] && names("e-2-3") == ["e-2-3"])
    for text in ["e-1/", "e-2/e-1", "x/", "x"] {
      #expect(throws: Failure.self) { try names(text) }
    }
  }
}
