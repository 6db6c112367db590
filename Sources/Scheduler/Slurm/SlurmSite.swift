import Foundation
import RunContract

/// Whether Slurm can be used here.
public enum SlurmAvailability: Sendable, Equatable {
  /// sbatch is there and the controller answers.
  case available
  /// There is no sbatch on the `PATH`.
  case notInstalled
  /// It is installed and the controller did not answer in time; why, in words.
  case notReachable(String)
}

/// A partition as sinfo lists it.
public struct SlurmPartition: Sendable, Equatable {
  /// Its name.
  public var name: String
  /// Whether jobs that name none go there.
  public var isDefault: Bool
  /// Whether it takes and starts jobs.
  public var isUp: Bool
  /// The longest time of a job, as Slurm writes it: `1-00:00:00`, `infinite`.
  public var timeLimit: String
}

// MARK: What the site is like
extension SlurmExecutor {
  /// Whether sbatch is on the `PATH`, which nobody needs to be asked for.
  public var isInstalled: Bool {
    (commands.inherited["PATH"] ?? "").split(separator: ":")
      .contains { access("\($0)/sbatch", X_OK) == 0 }
  }

  /// Whether sbatch is there and the controller answers, within ``SlurmLimits/availability``.
  public func availability() async -> SlurmAvailability {
    guard isInstalled else { return .notInstalled }
    do {
      let text = try await commands.query(
        "scontrol", ["ping"], limit: commands.limits.availability)
      return text.contains(" is UP")
        ? .available : .notReachable(text.trimmingCharacters(in: .whitespacesAndNewlines))
    } catch {
      return .notReachable("\(error)")
    }
  }

  /// The partitions that jobs can be sent to.
  public func partitions() async throws(SlurmFailure) -> [SlurmPartition] {
    let text = try await commands.query(
      "sinfo", ["--all", "--noheader", "--summarize", "--format=%P|%a|%l"])
    return text.split(whereSeparator: \.isNewline).compactMap { line in
      let fields = line.split(separator: "|", omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      let isDefault = fields[0].hasSuffix("*")
      return SlurmPartition(
        name: String(isDefault ? fields[0].dropLast() : fields[0]), isDefault: isDefault,
        isUp: fields[1] == "up", timeLimit: String(fields[2]))
    }
  }

  /// Slurm's MaxArraySize: every array index must be below it. 1001 unless the site says otherwise.
  public func maxArraySize() async throws(SlurmFailure) -> Int {
    try await siteFacts().maxArraySize
  }

  /// What this site allows, from one `scontrol show config`.
  public func siteFacts() async throws(SlurmFailure) -> SlurmSiteFacts {
    let text = try await commands.query("scontrol", ["show", "config"])
    guard let facts = SlurmSiteFacts(configuration: text) else {
      throw .failed("scontrol", words: "its configuration names no MaxArraySize")
    }
    return facts
  }

  /// Adds the nearest partition's name to a refusal for an unknown one.
  func withPartitionHint(_ outcome: SubmissionOutcome) async -> SubmissionOutcome {
    guard case .refused(let reason, let hint) = outcome,
      reason.contains(SlurmRefusal.unknownPartition),
      let match = reason.firstMatch(of: /invalid partition specified: ([^\s;]+)/),
      let partitions = try? await partitions(),
      let nearest = nearestName(to: String(match.1), in: partitions.map(\.name))
    else { return outcome }
    let advice = "did you mean \(nearest)?"
    return .refused(reason: reason, hint: hint.map { "\(advice) \($0)" } ?? advice)
  }
}
