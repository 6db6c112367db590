import Penalties
import RunContract
import Testing
import Training

@Suite struct SettingsTests {
  private func settings(_ parameters: [String: ParameterValue]) throws -> TrainSettings {
    let data: [String: ParameterValue] = ["data": .string("pairs")]
    return try TrainSettings(Config(parameters: data.merging(parameters) { $1 }))
  }

  private func complaint(_ parameters: [String: ParameterValue]) -> String {
    do {
      _ = try settings(parameters)
      return ""
    } catch let failure as TrainFailure {
      return failure.code == 65 ? failure.description : "code \(failure.code)"
    } catch {
      return "\(error)"
    }
  }

  /// Every parameter of the contract changes the settings: none is read from a wrong name.
  @Test func everyParameterIsRead() throws {
    let standard = try settings([:])
    for parameter in trainParameters {
      let other: ParameterValue =
        switch parameter.kind {
        case .choice(let words):
          .string(words.first { .string($0) != parameter.standard } ?? "")
        case .text: .string("elsewhere")
        case .integer: .number(3)
        case .number(let range), .numberOrNone(let range):
          .number(range.contains(0.375) ? 0.375 : range.lowerBound + 0.375)
        case .positive: .number(0.375)
        case .integerOrNone: .number(3)
        case .flag: .bool(true)
        }
      #expect(try settings([parameter.name: other]) != standard, "\(parameter.name)")
    }
  }

  @Test func defaultsAreTheContracts() throws {
    let settings = try settings([:])
    #expect(settings.penalty == "quadratic" && settings.corrWeight == 0.5)
    #expect(settings.network == NetworkShape(width: 128, depth: 6, stride: 4))
    #expect(settings.clipping.value == 5 && settings.pearsonEpsilon == 1e-6)
  }

  @Test func unknownNamesGetTheNearest() {
    let text = complaint(["corr_wieght": .number(1)])
    #expect(text.contains("\"corr_wieght\"") && text.contains("corr_weight"))
  }

  @Test func everyMistakeIsNamedAtOnce() {
    let text = complaint([
      "corr_weight": .number(-1), "penalty": .string("cubik"), "epochs": .number(1.5),
    ])
    #expect(text.split(separator: "\n").count == 3)
    let names = penaltyNames.joined(separator: ", ")
    #expect(text.contains("penalty is cubik, must be one of \(names)"))
    #expect(text.contains("corr_weight is -1"))
  }

  @Test func dataIsRequired() {
    #expect(throws: TrainFailure.self) { try TrainSettings(Config(parameters: [:])) }
  }

  @Test func networksThatFitNoMachine() {
    #expect(complaint(["width": .number(65_536)]).contains("parameters; make either smaller"))
  }
}
