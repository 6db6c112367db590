import Foundation
import RunContract
import Testing

@Suite struct ConfigTests {
  @Test func isNamedByItsContentAlone() {
    let one = Config(parameters: ["learning_rate": .number(1e-4), "seed": .number(1)])
    let same = Config(parameters: ["seed": .number(1.0), "learning_rate": .number(0.0001)])
    let other = Config(parameters: ["seed": .string("1"), "learning_rate": .number(1e-4)])
    #expect(one.canonicalJSON == #"{"learning_rate":0.0001,"seed":1}"#)
    #expect(one.id == same.id && one == same)
    #expect(one.id != other.id)
    // printf '{"learning_rate":0.0001,"seed":1}' | sha256sum
    #expect(one.id == "a671a0019630cf385c9b772e46159500b4a1b4aa689328d77315165a275cc4bc")
    #expect(one.shortID == String(one.id.prefix(10)))
  }

  @Test func itsJSONIsCanonical() {
    let names = ["z", "é", "a\"b", "𝒳", "\u{E000}", "B", "a", ""]
    let parameters = Dictionary(
      uniqueKeysWithValues: names.map { ($0, ParameterValue.string("\($0)\\")) })
    let members = parameters.mapValues(\.json)
    #expect(Config(parameters: parameters).canonicalJSON == JSONValue.object(members).canonical)
    #expect(Config(parameters: [:]).canonicalJSON == "{}")
    let named = Config(parameters: parameters).named
    #expect(named.id == named.config.id && named.canonicalJSON == named.config.canonicalJSON)
  }

  @Test func readsItsOwnJSONBack() throws {
    let config = Config(parameters: ["a": .bool(true), "b": .number(-0.5), "c": .string("ö \"\\")])
    #expect(try Config(json: Data(config.canonicalJSON.utf8)) == config)
  }

  @Test(arguments: ["[]", "1", "{\"a\": null}", "{\"a\": [1]}", "{\"a\": {}}", "nonsense"])
  func otherJSONIsNoConfig(text: String) {
    #expect(throws: JSONSyntaxError.self) { try Config(json: Data(text.utf8)) }
  }

  @Test func environmentIsSortedAndInUpperCase() {
    let config = Config(parameters: ["penalty": .string("cubic"), "corr_weight": .number(1)])
    #expect(config.environment.map(\.name) == ["CORR_WEIGHT", "PENALTY"])
    #expect(config.environment.map(\.value) == ["1", "cubic"])
  }

  @Test(
    arguments: [
      ("true", .bool(true)), ("false", .bool(false)), ("0.5", .number(0.5)),
      ("1e-4", .number(1e-4)),
      ("-3", .number(-3)), ("9007199254740991", .number(9_007_199_254_740_991)),
      ("9007199254740993", .string("9007199254740993")),
      ("9007199254740993.0", .string("9007199254740993.0")), ("1e400", .string("1e400")),
      ("no", .string("no")), ("1:30", .string("1:30")), ("0x10", .string("0x10")),
      ("inf", .string("inf")), ("nan", .string("nan")), ("+1", .string("+1")), ("", .string("")),
      ("True", .string("True")), ("٣", .string("٣")), ("1 ", .string("1 ")),
    ] as [(String, ParameterValue)])
  func commandLineValuesAreReadAsJSONReadsThem(text: String, value: ParameterValue) {
    #expect(ParameterValue(commandLine: text) == value)
  }
}

@Suite struct NameTests {
  @Test(arguments: [
    "path", "home", "shell", "ifs", "env", "bash_env", "bashopts", "ld_preload", "lc_all", "lang",
    "slurm_job_id", "sbatch_account", "srun_cpus_per_task", "orchestrate_run_dir",
    "omp_num_threads",
    "ompi_mca_btl", "pmix_rank", "ps4", "random", "srandom", "epochseconds", "seconds", "tmout",
    "columns", "lines", "globignore", "uid", "mapfile", "optind", "reply", "histcmd", "cdpath",
    "term",
  ])
  func namesWithAMeaningElsewhereAreReserved(name: String) {
    #expect(reservedParameterReason(name)?.contains(name.uppercased()) == true)
  }

  @Test(arguments: ["Corr", "1a", "a-b", "a.b", "", "_a", "a b", "ä", "a\n", "A"])
  func otherSpellingsAreNoNames(name: String) {
    #expect(reservedParameterReason(name)?.contains("made of a-z") == true)
  }

  @Test func trainsOwnParametersAreFree() {
    for parameter in trainParameters {
      #expect(reservedParameterReason(parameter.name) == nil, "\(parameter.name)")
    }
    for name in ["model", "lr", "user_name", "path_to_data", "env_name", "home_key", "x1"] {
      #expect(reservedParameterReason(name) == nil, "\(name)")
    }
  }

  @Test(
    arguments: [
      ("corr_wieght", "corr_weight"), ("epoch", "epochs"), ("EPOCHS", "epochs"),
      ("penlty", "penalty"),
      ("seeed", "seed"), ("learningrate", "learning_rate"), ("zzz", nil), ("", nil),
      ("completely_different", nil),
    ] as [(String, String?)])
  func theNearestNameIsFound(typed: String, meant: String?) {
    let names = ["corr_weight", "epochs", "penalty", "seed", "learning_rate"]
    #expect(nearestName(to: typed, in: names) == meant)
    #expect(didYouMean(typed, in: names) == (meant.map { "; did you mean \($0)?" } ?? ""))
  }

  @Test func nothingIsNearInAnEmptyList() { #expect(nearestName(to: "a", in: []) == nil) }

  @Test(
    arguments: [
      ("epochs", .number(0), false), ("epochs", .number(1), true), ("epochs", .number(1.5), false),
      ("epochs", .number(.nan), false), ("epochs", .number(1e300), false),
      ("epochs", .bool(true), false),
      ("corr_weight", .number(0), true), ("corr_weight", .number(-0.1), false),
      ("corr_weight", .number(.infinity), false), ("clip_value", .number(0), false),
      ("clip_value", .number(.infinity), false), ("clip_value", .number(5), true),
      ("penalty", .string("cubic"), true), ("penalty", .string("Cubic"), false),
      ("penalty", .number(1), false), ("data", .string(""), false), ("data", .string("d"), true),
      ("seed", .number(9_007_199_254_740_991), true), ("seed", .number(-1), false),
    ] as [(String, ParameterValue, Bool)])
  func theTableKnowsItsBounds(name: String, value: ParameterValue, isRight: Bool) throws {
    let parameter = try #require(trainParameters.first { $0.name == name })
    #expect((parameter.complaint(about: value) == nil) == isRight)
  }

  @Test func standardsAreWithinTheirBounds() {
    for parameter in trainParameters {
      guard let standard = parameter.standard else { continue }
      #expect(parameter.complaint(about: standard) == nil, "\(parameter.name)")
    }
  }
}
