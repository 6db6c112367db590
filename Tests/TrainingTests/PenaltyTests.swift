import Foundation
import Penalties
import RunContract
import TestSupport
import Testing
import Training

@Suite struct PenaltyTests {
  /// Every row of the forms that the note has against closed forms, within 1e-12 relative.
  @Test func tableHoldsTheClosedForms() throws {
    let closed: [String: @Sendable (Double) -> (Double, Double)] = [
      "exponential": { (-log(1 - $0), 1 / (1 - $0)) },
      "quadratic": { (pow($0, 2), 2 * $0) },
      "cubic": { (pow($0, 3), 3 * pow($0, 2)) },
      "power": { (pow($0, 4), 4 * pow($0, 3)) },
    ]
    let table = PenaltyTable()
    #expect(table.correlations == [0, 0.5, 0.8, 0.9, 0.95, 0.99])
    for (key, form) in closed {
      let column = try #require(table.columns.firstIndex { $0.key == key })
      for (x, cells) in zip(table.correlations, table.rows) {
        let (cost, gradient) = form(x)
        #expect(abs(cells[column].cost - cost) <= 1e-12 * max(1, cost), "\(key) at \(x)")
        #expect(abs(cells[column].gradient - gradient) <= 1e-12 * max(1, gradient))
      }
    }
  }

  /// f′ is the derivative of f for every form there is, with and without its options' effects.
  @Test(arguments: [
    PenaltyOptions(), PenaltyOptions(clamp: 0.95, power: 1), PenaltyOptions(clamp: 0.6, power: 2.5),
  ])
  func gradientsAreDerivatives(options: PenaltyOptions) {
    for form in penalties.map({ $0(options) }) {
      for x in stride(from: 0.01, to: 0.99, by: 0.0313) {
        let quotient = (form.cost(x + 1e-6) - form.cost(x - 1e-6)) / 2e-6
        #expect(
          abs(quotient - form.gradient(x)) <= 1e-6 * max(1, abs(quotient)), "\(form.name) at \(x)")
      }
    }
  }

  /// What every form promises: a name of its own, a finite cost that does not fall as |c| rises, and
  /// a dead zone exactly where it says so.
  @Test func formsKeepTheirPromises() {
    #expect(Set(penaltyNames).count == penalties.count)
    for form in penalties.map({ $0(PenaltyOptions(clamp: 0.95)) }) {
      #expect(form.name.allSatisfy { $0.isLetter || $0 == "_" } && !form.formula.isEmpty)
      let costs = (0..<1000).map { form.cost(Double($0) / 1000) }
      #expect(costs.allSatisfy { $0.isFinite && $0.sign == .plus }, "\(form.name)")
      #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 <= $1 }, "\(form.name)")
      guard let edge = form.deadAbove else {
        #expect(form.gradient(0.999) > 0 || costs.allSatisfy { $0 == 0 }, "\(form.name)")
        continue
      }
      #expect(form.cost(1) == form.cost((1 + edge) / 2) && form.gradient((1 + edge) / 2) == 0)
      #expect(form.gradient(edge * 0.999) > 0)
    }
  }

  @Test func aboveTheClampTheExponentialIsFlat() {
    let form = Penalty.exponential(PenaltyOptions(clamp: 0.95))
    #expect(form.cost(0.951) == form.cost(1) && abs(form.cost(1) - 2.995732273553991) < 1e-12)
    #expect(form.gradient(0.951) == 0 && form.gradient(1) == 0)
    #expect(abs(form.gradient(0.95) - 20) < 1e-12)
    #expect(form.cost(0).sign == .plus)
  }

  /// One line in the table of penalties is all that configs, help and `train penalties` need.
  @Test func everyFormIsKnownEverywhere() throws {
    let parameter = try #require(trainParameters.first { $0.name == "penalty" })
    #expect(parameter.kind == .choice(penaltyNames))
    let help = try TrainProgram.run("run", "--help").output
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(help.contains("one of " + penaltyNames.joined(separator: ", ")))
    let text = try TrainProgram.run("penalties", "--no-plot").output
    let rows = try #require(
      JSONValue(parsing: TrainProgram.run("penalties", "--json").output).array)
    for name in penaltyNames {
      #expect(text.contains(name))
      #expect(rows.allSatisfy { $0[name]?["cost"]?.number != nil })
    }
    let lines = text.split(separator: "\n").filter { !$0.contains("f(x) = ") }
    #expect(lines.allSatisfy { $0.count <= 100 })
  }

  /// A table's cells below a heading: for each row by its x the cells by the name of their column, a
  /// second column of the same name with a 2.
  private func cells(_ text: String, below heading: String) throws -> [String: [String: String]] {
    let section = try #require(text.range(of: heading)).upperBound
    let lines = text[section...].replacing("dead ", with: "dead-").split(separator: "\n")
      .map { $0.split(separator: " ").map(String.init) }
    let start = try #require(lines.firstIndex { $0.first == "x" })
    let names = lines[start].indices.map { index in
      let name = lines[start][index]
      return lines[start][..<index].contains(name) ? name + " 2" : name
    }
    return Dictionary(
      uniqueKeysWithValues: lines[(start + 2)...].prefix(6).map { row in
        (row[0], Dictionary(uniqueKeysWithValues: zip(names, row)))
      })
  }

  @Test func textShowsTwoDecimalsTheDeadZoneAndRounding() throws {
    let text = try TrainProgram.run("penalties").output
    let costs = try cells(text, below: "Cost")
    #expect(costs["0.99"]?["exponential"] == "4.61" && costs["0.99"]?["exponential 2"] == "3.00")
    #expect(costs["0.95"]?["exponential"] == "3.00" && costs["0.95"]?["quadratic"] == "0.90")
    let gradients = try cells(text, below: "Gradient")
    let last = try #require(gradients["0.99"])
    #expect(last["exponential"] == "100.00" && last["exponential 2"] == "dead-0.00")
    #expect(last["quadratic"] == "1.98" && last["cubic"] == "2.94")
    #expect(gradients["0.95"]?["exponential 2"] == "20.00")
    for words in ["Dead zone: above |c| = 0.95", "4.60 for", "is 4.6052", "2.0 for", "is 1.98"] {
      #expect(text.contains(words), "\(words)")
    }
    #expect(text.contains("Cost f(|c|)\n") && text.contains("⣀"))
  }

  @Test func jsonShowsAllDigits() throws {
    let result = try TrainProgram.run("penalties", "--json")
    let rows = try #require(JSONValue(parsing: result.output).array)
    #expect(rows.count == 6)
    let last = try #require(rows.last)
    #expect(last["correlation"]?.number == 0.99)
    #expect(abs((last["exponential"]?["gradient"]?.number ?? 0) - 100) < 1e-10)
    #expect(last["quadratic"]?["gradient"]?.number == 1.98)
    #expect(last["exponential_clamped"]?["gradient"]?.number == 0)
    #expect(last["exponential_clamped"]?["dead_above"]?.number == 0.95)
    #expect(last["exponential"]?["note_cost"]?.string == "4.60")
    #expect(last["quadratic"]?["note_gradient"]?.string == "2.0")
    #expect(last["cubic"]?.object?.keys.sorted() == ["cost", "gradient"])
    let notes = rows.flatMap { row in (row.object ?? [:]).values.compactMap(\.object) }
      .flatMap(\.keys).filter { $0.hasPrefix("note_") }
    #expect(notes.count == 2)
  }

  @Test func optionsChangeTheTable() throws {
    let rows = try #require(
      JSONValue(
        parsing: TrainProgram.run(
          "penalties", "--json", "--at", "0.3, 0.97,1", "--clamp", "0.9", "--power", "6"
        ).output
      ).array)
    #expect(rows.compactMap { $0["correlation"]?.number } == [0.3, 0.97, 1])
    #expect(rows[1]["exponential_clamped"]?["cost"]?.number == -log1p(-0.9))
    #expect(rows[1]["power"]?["gradient"]?.number == 6 * pow(0.97, 5))
    #expect(rows[2]["exponential"]?["gradient"]?.number == .infinity)
    let free = try TrainProgram.run("penalties", "--json", "--clamp", "none").output
    #expect(!free.contains("clamped"))
  }

  @Test(arguments: [
    ["--clamp", "1"], ["--clamp", "x"], ["--power", "0.5"], ["--power", "nan"], ["--at", "0.5,"],
    ["--at", "1.01"], ["--at", ""],
  ])
  func badOptionsAreUsageErrors(arguments: [String]) throws {
    let result = try TrainProgram(["penalties"] + arguments).wait()
    #expect(result.code == 64 && result.errors.contains(arguments[0]), "\(result.errors)")
  }

  @Test func theFigureIsWrittenWhole() throws {
    let scratch = try Scratch()
    let result = try TrainProgram.run("penalties", "--svg", scratch.file("p.svg"), "--json")
    #expect(result.code == 0)
    let svg = String(decoding: try readFile(scratch.file("p.svg")), as: UTF8.self)
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n") && svg.contains("dead zone"))
    let nowhere = try TrainProgram.run("penalties", "--svg", scratch.file("no/p.svg"))
    #expect(nowhere.code == 74 && nowhere.errors.contains("no/p.svg"))
    mkfifo(scratch.file("pipe"), 0o600)
    let pipe = try TrainProgram.run("penalties", "--svg", scratch.file("pipe"), "--json")
    #expect(pipe.code == 64 && pipe.errors.contains("pipe"))
  }
}
