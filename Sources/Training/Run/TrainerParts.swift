import Autograd
import Communicator
import Foundation
import RunContract

/// Everything that a training loop is made of, put together from config, data and, where a run goes
/// on, its checkpoint.
struct TrainerParts {
  let settings: TrainSettings
  let folder: PairFolder
  let pool: BufferPool
  let model: MixingModel
  let store: SourceStore
  let optimiser: AdamW
  let clipping: any GradientClipping
  let communicator: any Communicator
  let keeper: CheckpointKeeper
  let state: TrainingState

  /// Reads the headers of all clips, makes the network, takes over what a checkpoint says.
  /// - Throws: ``TrainFailure`` or `AudioError` where config, data and checkpoint do not fit.
  init(
    _ settings: TrainSettings, config: Config, options: RunOptions, resume: ResumePoint?,
    record: ExecutionRecord, communicator: any Communicator,
    isStillOurs: @escaping () throws -> Void
  ) throws {
    let folder = try PairFolder(settings.data)
    try check(settings, folder, ranks: communicator.size)
    let sampleCount = try Self.checkData(settings, folder, isReader: communicator.rank == 0)
    pool = BufferPool()
    let analysis = SourceAnalysis(
      sampleCount: sampleCount, segments: settings.segments, stride: settings.network.stride,
      threads: options.threads, pool: pool)
    model = try MixingModel(settings, analysis: analysis, pool: pool, communicator: communicator)
    let parameters = model.network.parameters
    optimiser = AdamW(
      parameters, learningRate: settings.schedule.learningRate,
      weightDecay: settings.weightDecay, pool: pool)
    guard let form = clippings.first(where: { $0.name == settings.clipping.form }) else {
      throw TrainFailure(.badData, "config: there is no clipping \"\(settings.clipping.form)\"")
    }
    var clipping = form.make(settings.clipping)
    if let resume {
      try resume.restore(
        parameters, optimiser, config: config, sampleCount: sampleCount,
        dataDigest: folder.manifestDigest,
        stepsPerEpoch: folder.train.count / settings.batchSize)
      clipping.memory = resume.checkpoint.state.clippingMemory
    }
    self.settings = settings
    self.folder = folder
    self.clipping = clipping
    self.communicator = communicator
    store = SourceStore(analysis, sampleCount: sampleCount, bound: options.cacheBytes)
    var state = resume?.checkpoint.state ?? TrainingState(seed: settings.seed)
    if options.resumePath != nil, state.divergence != nil {
      // Whoever goes on all the same begins with a clean record.
      (state.divergence, state.skippedInRow) = (nil, 0)
    }
    self.state = state
    keeper = CheckpointKeeper(
      CheckpointFolder(
        (options.runDirectory as NSString).appendingPathComponent(RunFile.checkpoints),
        keep: options.keptCheckpoints),
      config: config, sampleCount: sampleCount, record: record, dataDigest: folder.manifestDigest,
      parameters: parameters,
      optimiser: optimiser, interval: options.checkpointSeconds, isStillOurs: isStillOurs)
  }

  /// The length of the dataset's clips, which all have; only one rank looks at them all.
  private static func checkData(
    _ settings: TrainSettings, _ folder: PairFolder, isReader: Bool
  ) throws -> Int {
    let first = folder.train[0].input
    let sampleCount = try readClip(first).count
    try checkSegments(settings.segments, divide: sampleCount, file: first)
    if isReader {
      let files = (folder.train + folder.validation).flatMap { [$0.input, $0.target] }
      try checkClips(files, sampleCount: sampleCount)
    }
    return sampleCount
  }
}

/// What config and data must have for one another.
private func check(_ settings: TrainSettings, _ folder: PairFolder, ranks: Int) throws {
  guard settings.batchSize <= folder.train.count else {
    throw TrainFailure(
      .badData,
      "config: batch_size is \(settings.batchSize), but \(folder.path) has only "
        + "\(folder.train.count) training pairs")
  }
  guard settings.batchSize >= ranks else {
    throw TrainFailure(
      .badData,
      "config: batch_size is \(settings.batchSize), fewer than the \(ranks) ranks; make it larger "
        + "or start fewer")
  }
  guard settings.patience == nil || !folder.validation.isEmpty else {
    throw TrainFailure(
      .badData,
      "config: patience needs validation pairs, and \(folder.path) has none; make some with "
        + "`train dataset make --val`")
  }
}
