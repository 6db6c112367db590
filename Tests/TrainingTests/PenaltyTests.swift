import Foundation
import Penalties
import RunContract
import Testing
import Training

@Suite struct PenaltyTests {
  /// Every row against closed forms, within 1e-12 relative.
  @Test func tableHoldsTheClosedForms() {
    let table = PenaltyTable()
    #expect(table.forms.map(\.name).prefix(3) == ["exponential", "quadratic", "cubic"])
    for (x, cells) in zip([0, 0.5, 0.8, 0.9, 0.95, 0.99], table.rows) {
      let expected = [
        (-log(1 - x), 1 / (1 - x)), (pow(x, 2), 2 * x), (pow(x, 3), 3 * pow(x, 2)),
      ]
      for (cell, (cost, gradient)) in zip(cells, expected) {
        #expect(abs(cell.cost - cost) <= 1e-12 * max(1, cost))
        #expect(abs(cell.gradient - gradient) <= 1e-12 * max(1, gradient))
      }
    }
  }

  /// f′ is the derivative of f, below the clamp and above it.
  @Test(arguments: [0.95, Double.infinity])
  func gradientsAreDerivatives(clamp: Double) {
    for form in penalties.map({ $0(PenaltyOptions(clamp: clamp)) }) {
      for x in stride(from: 0.01, to: 0.99, by: 0.0313) {
        let quotient = (form.cost(x + 1e-6) - form.cost(x - 1e-6)) / 2e-6
        #expect(
          abs(quotient - form.gradient(x)) <= 1e-6 * max(1, abs(quotient)), "\(form.name) at \(x)")
      }
    }
  }

  @Test func aboveTheClampTheExponentialIsFlat() {
    let form = Penalty.exponential(PenaltyOptions(clamp: 0.95))
    #expect(form.cost(0.951) == form.cost(1) && abs(form.cost(1) - 2.995732273553991) < 1e-12)
    #expect(form.gradient(0.951) == 0 && form.gradient(1) == 0)
    #expect(abs(form.gradient(0.95) - 20) < 1e-12)
    #expect(form.cost(0).sign == .plus)
  }

  @Test func theContractKnowsTheSamePenalties() throws {
    let parameter = try #require(trainParameters.first { $0.name == "penalty" })
    #expect(parameter.kind == .choice(penaltyNames))
  }

  @Test func textShowsTwoDecimals() throws {
    let result = try TrainProgram.run("penalties")
    #expect(result.code == 0)
    let rows = result.output.split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    #expect(
      rows.contains([
        "0.99", "4.61", "100.00", "0.98", "1.98", "0.97", "2.94", "0.96", "3.88", "0.00", "0.00",
      ]))
    #expect(
      rows.contains([
        "0.95", "3.00", "20.00", "0.90", "1.90", "0.86", "2.71", "0.81", "3.43", "0.00", "0.00",
      ]))
    #expect(result.output.contains("4.605"))
  }

  @Test func jsonShowsAllDigits() throws {
    let result = try TrainProgram.run("penalties", "--json")
    let rows = try #require(JSONValue(parsing: result.output).array)
    #expect(rows.count == 6)
    let last = try #require(rows.last)
    #expect(last["correlation"]?.number == 0.99)
    #expect(abs((last["exponential"]?["gradient"]?.number ?? 0) - 100) < 1e-10)
    #expect(last["quadratic"]?["gradient"]?.number == 1.98)
  }
}
