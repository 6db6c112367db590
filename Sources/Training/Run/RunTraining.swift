import Audio
import Autograd
import Communicator
import Foundation
import RunContract

/// Trains as the options say, from reading the config to `exit.json`.
/// - Parameter communicator: this process's place among the ranks.
/// - Returns: the exit code of the program, the same on every rank.
public func runTraining(_ options: RunOptions, _ communicator: any Communicator) -> Int32 {
  ThreadCount.use(options.threads)
  let start = Start(environment: options.environment)
  var code: Int32
  do {
    code = try train(options, start, communicator)
  } catch {
    complain(error)
    code = exitCode(of: error)
  }
  guard communicator.rank == 0, let start, code != TrainerExit.claimRefused.rawValue else {
    return code
  }
  do {
    code = try start.recordExit(code, in: options.runDirectory)
  } catch {
    complain(error)
    code = code == 0 ? exitCode(of: error) : code
  }
  if code == TrainerExit.claimRefused.rawValue { complain(lostClaim(options)) }
  return code
}

/// The exit code that stands for an error.
public func exitCode(of error: any Error) -> Int32 {
  switch error {
  case let failure as TrainFailure: failure.code
  case let failure as PeerFailure: failure.code
  case is AudioError, is JSONSyntaxError: TrainerExit.badData.rawValue
  case is FileError: EX_IOERR  // of sysexits.h
  case let failure as CommunicatorError: failure.code
  default: 1
  }
}

private func train(
  _ options: RunOptions, _ start: Start?, _ communicator: any Communicator
) throws -> Int32 {
  let (config, settings) = try communicator.together { try readConfig(options) }
  let resume = try ResumePoint.find(options, communicator, warn: warn)
  let record = executionRecord(options, resume, communicator)
  let isStillOurs = {
    if let start, !start.owns(options.runDirectory) { throw lostClaim(options) }
  }
  try communicator.together { if communicator.rank == 0 { try isStillOurs() } }
  let parts = try communicator.together {
    try TrainerParts(
      settings, config: config, options: options, resume: resume, record: record,
      communicator: communicator, isStillOurs: isStillOurs)
  }
  try checkSameness(parts, config, record, communicator)
  if let resume, let end = try endAlready(resume, options, communicator) { return end }
  let output = try communicator.together { () -> RunOutput in
    guard communicator.rank == 0 else { return RunOutput(nil, layerNorms: options.layerNorms) }
    return try openOutput(
      options, parts, isFresh: resume == nil, isByHand: start == nil,
      provenance(
        options, settings: settings, config: config, record: record, resume: resume,
        dataDigest: parts.folder.manifestDigest))
  }
  greet(output, parts, resume, record)
  let trainer = Trainer(parts, output: output)
  guard try trainer.run() == .finished else {
    output.say("stopped after step \(trainer.state.step); a checkpoint is written: run me again")
    return TrainerExit.runAgain.rawValue
  }
  output.say(closingWords(trainer.state.lastEpoch))
  return TrainerExit.finished.rawValue
}

private func readConfig(_ options: RunOptions) throws -> (Config, TrainSettings) {
  let path = options.config
  do {
    let config = try Config(json: readFileOrPipe(path))
    var settings = try TrainSettings(config)
    if let data = options.data { settings.data = data }
    return (config.expandedForTrain, settings)
  } catch let error as FileError {
    throw TrainFailure(.badData, "\(error)")
  } catch let error as JSONSyntaxError {
    throw TrainFailure(.badData, "\(printable(path)): \(error.description)")
  }
}

/// What becomes of a run that is over: nothing is left to be done, or it diverged, which going on as if
/// nothing had been would only repeat.
/// - Returns: the exit code of a finished run; `nil` where there is something to do.
private func endAlready(
  _ resume: ResumePoint, _ options: RunOptions, _ communicator: any Communicator
) throws -> Int32? {
  let state = resume.checkpoint.state
  if let reason = state.divergence, options.resumePath == nil {
    guard communicator.rank == 0 else { throw PeerFailure(code: TrainerExit.diverged.rawValue) }
    throw TrainFailure(
      .diverged,
      "\(reason); that was before this start: --resume-from \(resume.path) goes on all the same")
  }
  guard state.isFinished else { return nil }
  let log = EpochLog(isOn: communicator.rank == 0)
  log.say("finished already, after step \(state.step): \(resume.path)")
  log.say(closingWords(state.lastEpoch))
  return TrainerExit.finished.rawValue
}

private func openOutput(
  _ options: RunOptions, _ parts: TrainerParts, isFresh: Bool, isByHand: Bool,
  _ provenance: JSONValue
) throws -> RunOutput {
  let metrics = (options.runDirectory as NSString).appendingPathComponent(RunFile.metrics)
  if isFresh, isByHand, !options.resumes, ((try? readFile(metrics)) ?? Data()).count > 0 {
    throw TrainFailure(
      .usage, "\(printable(metrics)) holds another run's metrics; choose another --run-dir")
  }
  let directory = try RunDirectory(options.runDirectory)
  directory.beat()
  let checkpoints = CheckpointFolder(directory.file(RunFile.checkpoints), keep: 0)
  try checkpoints.removeLeftovers()
  if let chosen = options.resumePath {
    try checkpoints.setAside(beyond: parts.state.step, except: chosen)
  }
  try writeDurably(provenance.indented + "\n", to: directory.file(RunFile.provenance))
  guard let dump = options.dumpFolder else {
    return RunOutput(directory, layerNorms: options.layerNorms)
  }
  try makeDirectory(dump)
  let folder = CheckpointFolder(dump, keep: 0)
  if isFresh { try folder.write(parts.keeper.snapshot(parts.state), as: "initial.safetensors") }
  return RunOutput(
    directory, layerNorms: options.layerNorms, batches: try LineFile(folder.file("batches.jsonl")))
}

private func greet(
  _ output: RunOutput, _ parts: TrainerParts, _ resume: ResumePoint?, _ record: ExecutionRecord
) {
  let ranks = record.ranks > 1 ? "\(record.ranks) ranks, " : ""
  output.say(
    "\(parts.model.network.parameters.count) parameters, \(parts.folder.train.count) pairs to train "
      + "on, \(parts.folder.validation.count) to validate on; \(ranks)\(record.threads) "
      + (record.threads == 1 ? "thread" : "threads"))
  if let resume {
    output.say("going on after step \(resume.checkpoint.state.step), from \(resume.path)")
    let news = record.inexact.dropFirst(resume.checkpoint.record.inexact.count)
    for reason in news where output.isWriter {
      warn(
        "the numbers may differ from those of an uninterrupted run in their last digits, \(reason)")
    }
  }
  output.header()
}

/// The last line of a run: what the mixer does, on clips it was not trained on where there are any.
private func closingWords(_ values: [String: Double]) -> String {
  let prefix = values["val_c_input"] == nil ? "epoch_" : "val_"
  guard let input = values[prefix + "c_input"], let target = values[prefix + "c_target"],
    input.isFinite, target.isFinite
  else { return "verdict: none, for no step of the last epoch was applied" }
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

/// A failure of another rank's is that rank's to tell.
private func complain(_ error: any Error) {
  if !(error is PeerFailure) { warn("\(error)") }
}

private func warn(_ message: String) {
  try? writeAll(Data("train: \(message)\n".utf8), to: STDERR_FILENO, path: "standard error")
}
