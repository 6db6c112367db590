import Autograd
import Foundation
import RunContract

/// The content of `provenance.json`: what a run was made of.
func provenance(
  _ options: RunOptions, settings: TrainSettings, config: Config, record: ExecutionRecord,
  resume: ResumePoint?, dataDigest: String?
) -> JSONValue {
  .object([
    "program": "train", "version": .string(trainVersion),
    "binary_sha256": .string(record.binary),
    "config_sha256": .string(config.id),
    "data": .string(settings.data),
    "data_manifest_sha256": JSONValue(dataDigest),
    "onednn": .string(record.library),
    "instruction_set": .string(record.instructionSet),
    "threads": JSONValue(record.threads), "ranks": JSONValue(record.ranks),
    "inexact": .array(record.inexact.map { .string($0) }),
    "resumed_from_step": JSONValue(resume?.checkpoint.state.step),
    "host": .string(ProcessInfo.processInfo.hostName),
    "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
    "slurm_job_id": JSONValue(options.environment["SLURM_JOB_ID"]),
    "started_at": .number(Date().timeIntervalSince1970),
  ])
}
