import Audio
import Autograd
import Foundation
import RunContract

/// Trains as the options say, from reading the config to `exit.json`.
/// - Returns: the exit code of the program.
public func runTraining(_ options: RunOptions) -> Int32 {
  StopSignal.listen()
  ThreadCount.use(options.threads)
  let start = Start(environment: options.environment)
  var code: Int32
  do {
    code = try train(options, start)
  } catch {
    complain(error)
    code = exitCode(of: error)
  }
  guard let start, code != TrainerExit.claimRefused.rawValue else { return code }
  do {
    code = try start.recordExit(code, in: options.runDirectory)
  } catch {
    complain(error)
    code = code == 0 ? 1 : code
  }
  if code == TrainerExit.claimRefused.rawValue { complain(lostClaim(options)) }
  return code
}

/// The exit code that stands for an error.
public func exitCode(of error: any Error) -> Int32 {
  switch error {
  case let failure as TrainFailure: failure.code
  case is AudioError, is JSONSyntaxError: TrainerExit.badData.rawValue
  default: 1
  }
}

private func train(_ options: RunOptions, _ start: Start?) throws -> Int32 {
  let config = try readConfig(options.config)
  var settings = try TrainSettings(config)
  if let data = options.data { settings.data = data }
  let folder = try PairFolder(settings.data)
  let directory = try RunDirectory(options.runDirectory)
  directory.beat()
  let trainer = try Trainer(
    settings, folder: folder, directory: directory, threads: options.threads,
    cacheBytes: options.cacheBytes)
  try writeDurably(
    provenance(options, settings: settings, config: config).indented + "\n",
    to: directory.file(RunFile.provenance))
  guard let last = try trainer.run() else {
    EpochLog().say("stopped by TERM after the step in hand")
    return StopSignal.exitCode
  }
  if let start, !start.owns(options.runDirectory) { throw lostClaim(options) }
  try makeDirectory(directory.file(RunFile.checkpoints))
  try writeSafetensors(
    trainer.parameters, to: directory.file(RunFile.checkpoints) + "/final.safetensors")
  EpochLog().say(closingWords(last))
  return TrainerExit.finished.rawValue
}

private func readConfig(_ path: String) throws -> Config {
  do {
    return try Config(json: readFile(path))
  } catch let error as FileError {
    throw TrainFailure(.badData, "\(error)")
  } catch let error as JSONSyntaxError {
    throw TrainFailure(.badData, "\(path): \(error.description)")
  }
}

/// The last line of a run: what the mixer does, on clips it was not trained on where there are any.
private func closingWords(_ values: [String: Double]) -> String {
  let prefix = values["val_c_input"] == nil ? "epoch_" : "val_"
  let (input, target) = (values[prefix + "c_input"] ?? 0, values[prefix + "c_target"] ?? 0)
  let verdict = Verdict(correlationInput: input, correlationTarget: target)
  let numbers = String(format: "|c| to the input %.3f, to the target %.3f", input, target)
  return "verdict: \(verdict.rawValue) (\(numbers)\(prefix == "val_" ? ", validation" : ""))"
}

private func lostClaim(_ options: RunOptions) -> TrainFailure {
  TrainFailure(
    .claimRefused,
    "\(options.runDirectory)/\(RunFile.owner) names another start: this one stops, and writes no "
      + RunFile.exit)
}

private func complain(_ error: any Error) {
  try? writeAll(Data("train: \(error)\n".utf8), to: STDERR_FILENO, path: "standard error")
}
