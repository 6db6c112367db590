import RunContract

/// Two clips of different tracks.
struct Pair: Hashable, Sendable {
  let input: Clip
  let target: Clip
}

/// Which pairs a dataset holds. Depends on the survey, the counts and the seed alone.
struct PairPlan: Sendable {
  let train: [Pair]
  let validation: [Pair]
  /// Whether no clip of a validation pair is in a training pair.
  let validationIsSeparate: Bool

  /// Chooses the pairs. Validation takes its clips out of the pool first, at most a quarter of it;
  /// where either side would be left with a single track, both draw from the whole pool.
  /// - Throws: ``AudioError`` where no pair of different tracks can be made.
  init(_ survey: Survey, request: DatasetRequest) throws {
    let clips = survey.clips
    guard Set(clips.map(\.track)).count >= 2 else {
      throw AudioError(request.audio, complaint(survey, clips: clips.count, request: request))
    }
    var generator = SeededGenerator(seed: UInt64(request.seed), stream: "dataset")
    let shuffled = generator.permutation(clips.count).map { clips[$0] }
    let held = min(2 * request.validation, shuffled.count / 4)
    let (first, rest) = (Array(shuffled[..<held]), Array(shuffled[held...]))
    let canHold = [first, rest].allSatisfy { Set($0.map(\.track)).count >= 2 }
    validationIsSeparate = request.validation == 0 || canHold
    let (forTrain, forValidation) =
      request.validation > 0 && canHold ? (rest, first) : (shuffled, shuffled)
    train = makePairs(request.pairs, from: forTrain, &generator)
    validation = makePairs(request.validation, from: forValidation, &generator)
  }
}

/// Every clip is an input in turn; its target is drawn from the other tracks, and drawn again while
/// the pair is there already (a bounded number of times: a small pool may have no other).
private func makePairs(
  _ count: Int, from pool: [Clip], _ generator: inout SeededGenerator
) -> [Pair] {
  var made: Set<Pair> = []
  var pairs: [Pair] = []
  var attempts = 0
  while pairs.count < count {
    let input = pool[pairs.count % pool.count]
    let target = pool[generator.below(pool.count)]
    guard input.track != target.track else { continue }
    let pair = Pair(input: input, target: target)
    attempts += 1
    guard attempts > 100 || !made.contains(pair) else { continue }
    attempts = 0
    made.insert(pair)
    pairs.append(pair)
  }
  return pairs
}

private func complaint(_ survey: Survey, clips: Int, request: DatasetRequest) -> String {
  let seconds = canonicalNumber(request.duration)
  let usable = survey.tracks.filter { !$0.clips.isEmpty }.count
  let found =
    "pairs need clips from two different files; found \(clips) clips of \(seconds) s in \(usable)"
    + " usable files"
  let silent = survey.silentClips > 0 ? ", \(survey.silentClips) near-silent clips left out" : ""
  let broken = survey.unusable.isEmpty ? "" : ", \(survey.unusable.count) files unreadable"
  return found + silent + broken + "; add files or make --duration shorter"
}
