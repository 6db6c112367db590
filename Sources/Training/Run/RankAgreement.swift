import Autograd
import Communicator
import Foundation
import RunContract

/// What the bits of this run depend on, of all its ranks. Where it goes on from a checkpoint each rank
/// takes over the instruction set that it had, if its machine has it, and what is inexact already stays.
func executionRecord(
  _ options: RunOptions, _ resume: ResumePoint?, _ communicator: any Communicator
) -> ExecutionRecord {
  let old = resume?.checkpoint.record
  let sets = old?.instructionSet.split(separator: ",").map(String.init) ?? []
  if !sets.isEmpty {
    _ = MatrixLibrary.pin(instructionSet: sets[min(communicator.rank, sets.count - 1)])
  }
  var record = ExecutionRecord.current(threads: options.threads, ranks: communicator.size)
  record.instructionSet = instructionSets(communicator)
  guard let resume, let old else { return record }
  record.inexact = old.inexact
  let differences = record.differences(from: old)
  if !differences.isEmpty {
    let step = resume.checkpoint.state.step
    record.inexact.append("from step \(step): \(differences.joined(separator: ", "))")
  }
  return record
}

/// The instruction set of all ranks, or each one's in their order where they differ.
private func instructionSets(_ communicator: any Communicator) -> String {
  let known = MatrixLibrary.knownInstructionSets
  let own = MatrixLibrary.instructionSet
  guard communicator.size > 1 else { return own }
  var places = [Double](repeating: 0, count: communicator.size)
  places[communicator.rank] = Double(known.firstIndex(of: own) ?? known.count)
  let names = communicator.sum(places).map { place in
    Int(place) < known.count ? known[Int(place)] : "other"
  }
  return Set(names).count == 1 ? own : names.joined(separator: ",")
}

/// Checks that all ranks are about to do the same: a config that was replaced while they started, or
/// data of which a node has another copy, would have them train different models into one.
/// - Throws: ``TrainFailure`` (bad data) on every rank that is unlike rank 0, which it names.
func checkSameness(
  _ parts: TrainerParts, _ config: Config, _ record: ExecutionRecord,
  _ communicator: any Communicator
) throws {
  guard communicator.size > 1 else { return }
  let pairs = (parts.folder.train + parts.folder.validation).map(\.name)
  let facts = [
    ("config", config.canonicalJSON), ("pairs", pairs.joined(separator: "\n")),
    ("dataset manifest", parts.folder.manifestDigest ?? "none"), ("train program", record.binary),
    ("oneDNN", record.library), ("number of threads", "\(record.threads)"),
  ]
  let own = JSONValue.array(facts.map { .string(sha256Hex($0.1)) })
  let first = communicator.broadcast(Data(own.canonical.utf8))
  try communicator.together {
    guard let digests = (try? JSONValue(parsing: first))?.array, let mine = own.array else {
      return
    }
    let different = zip(facts, zip(digests, mine)).filter { $1.0 != $1.1 }.map(\.0.0)
    guard different.isEmpty else {
      throw TrainFailure(
        .badData, "it has another \(different.joined(separator: ", ")) than rank 0")
    }
  }
}
