/// A job as squeue shows it to somebody who knows nothing but its id.
public struct SlurmJobDescription: Sendable, Equatable {
  /// The job's id; of an array the whole array's.
  public var jobID: Int
  /// The task that was asked for.
  public var arrayIndex: Int?
  /// The name of the user whose job it is.
  public var owner: String
  /// The job's name.
  public var name: String
  /// Slurm's word for its state; of several rows that of the first live one, else of the first that
  /// did not complete.
  public var state: String
  /// The partition.
  public var partition: String
  /// Seconds since 1970, UTC.
  public var submitTime: Double?
  /// Whether there is something left to be cancelled.
  public var isLive: Bool
}

// MARK: Jobs that the registry does not know
extension SlurmExecutor {
  private static let fields = [
    "ArrayJobID", "ArrayTaskID", "UserName", "State", "Partition", "SubmitTime", "Name",
  ]

  /// Shows a job by its id alone; `nil` where the controller does not know it or has forgotten it.
  public func describe(
    jobID: Int, arrayIndex: Int? = nil
  ) async throws(SlurmFailure) -> SlurmJobDescription? {
    let format = Self.fields.map { "\($0):\(SlurmTable.separator)" }.joined(separator: ",")
    let text: String
    do {
      text = try await commands.query(
        "squeue", ["--all", "--states=all", "--jobs=\(jobID)", "--Format=\(format)"])
    } catch {
      if case .failed(_, let words) = error, words.contains("Invalid job id specified") {
        return nil
      }
      throw error
    }
    guard let rows = SlurmTable.rows(text, columns: Self.fields.count) else {
      throw .failed("squeue", words: "it ended well and printed no table of jobs")
    }
    let descriptions = rows.compactMap { Self.description($0, arrayIndex) }
    return descriptions.first(where: \.isLive)
      ?? descriptions.first { $0.state != "COMPLETED" } ?? descriptions.first
  }

  private static func description(_ field: [String], _ index: Int?) -> SlurmJobDescription? {
    guard let id = Int(field[0]) else { return nil }
    if let index, ArrayIndices(field[1])?.contains(index) != true { return nil }
    return SlurmJobDescription(
      jobID: id, arrayIndex: index, owner: field[2], name: field[6], state: field[3],
      partition: field[4], submitTime: Double(field[5]),
      isLive: !JobStateWords.phase(of: field[3]).isTerminal)
  }

  /// Cancels a job by its id alone, whoever gave it its name: only after a user confirmed it.
  /// - Returns: what went wrong, in words; nothing where Slurm was asked without complaint.
  public func cancelForeign(jobID: Int, arrayIndex: Int? = nil) async -> CancelOutcome {
    let target = "\(jobID)\(arrayIndex.map { "_\($0)" } ?? "")"
    do {
      let result = try await commands.scancel([target])
      return CancelOutcome(
        asked: [], failures: ScancelReply.complaints(result),
        isUnreachable: ScancelReply.isUnreachable(result))
    } catch {
      return CancelOutcome(asked: [], failures: ["\(error)"])
    }
  }
}
