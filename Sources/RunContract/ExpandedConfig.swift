extension Config {
  /// The config with every hyperparameter of `train` that it leaves out at its standard value, so that
  /// a later change of a standard changes no config that is known already.
  public var expandedForTrain: Config {
    let standards = trainParameters.compactMap { parameter in
      standard(of: parameter).map { (parameter.name, $0) }
    }
    return Config(parameters: parameters.merging(standards) { given, _ in given })
  }

  /// A parameter's value where this config leaves it out: width and depth come from its size.
  private func standard(of parameter: TrainParameter) -> ParameterValue? {
    guard case .string(let name)? = parameters["size"],
      let size = modelSizes.first(where: { $0.name == name })
    else { return parameter.standard }
    switch parameter.name {
    case "width": return .number(Double(size.width))
    case "depth": return .number(Double(size.depth))
    default: return parameter.standard
    }
  }

  /// What is wrong with the config as one of `train`, one sentence each.
  public var complaintsForTrain: [String] {
    let known = Dictionary(uniqueKeysWithValues: trainParameters.map { ($0.name, $0) })
    let wrong = parameters.sorted { $0.key < $1.key }.compactMap { name, value -> String? in
      guard let parameter = known[name] else {
        return "train has no parameter \(name)\(didYouMean(name, in: known.keys))"
      }
      return parameter.complaint(about: value).map {
        "\(name) must be \($0), not \(value.text)"
      }
    }
    let missing = trainParameters.filter { $0.standard == nil && parameters[$0.name] == nil }
    return wrong + missing.map { "\($0.name) is missing: \($0.help)" }
  }
}
