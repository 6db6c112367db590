/// The version of the `train` program.
public let trainVersion = "0.1.0"
