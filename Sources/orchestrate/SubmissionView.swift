import Orchestration
import Registry
import RunContract
import Scheduler
import Terminal

/// What became of submissions, in words and as JSON.
struct SubmissionView {
  let style: Style

  func lines(_ report: Submitter.Report, experiment: String) -> [String] {
    var lines: [String] = []
    var isUnknown = false
    for submission in report.submissions {
      if case .unconfirmed = submission.outcome { isUnknown = true }
      lines.append(line(submission, isLater: isUnknown))
    }
    if let room = report.submissions.lazy.compactMap({ $0.outcome?.wantOfRoom }).first {
      let count = report.submissions.reduce(into: (submitted: 0, waiting: 0)) { count, submission in
        if submission.isAccepted { count.submitted += submission.runs.count }
        if submission.isWaiting { count.waiting += submission.runs.count }
      }
      lines.append(
        "\(count.submitted) submitted, \(count.waiting) wait: \(room.words); every command that looks "
          + "at runs, and `orchestrate status --watch`, submits them as room appears")
    }
    if !report.skipped.isEmpty {
      let names = report.skipped.prefix(4).map { "\($0.name) (\($0.state.rawValue))" }
      let more = report.skipped.count > 4 ? " and \(report.skipped.count - 4) more" : ""
      lines.append(
        "skipped \(report.skipped.count) config(s) with an active or completed run: "
          + names.joined(separator: ", ") + more + "; --again runs them once more")
    }
    return lines
  }

  /// - Parameter isLater: whether the answer to a part before it was lost; what was not handed over then
  ///   is handed over by whoever looks next.
  private func line(_ submission: Submitter.Submission, isLater: Bool) -> String {
    let runs = submission.runs
    let names = runs.count == 1 ? runs[0].name : "\(runs[0].name) … \(runs[runs.count - 1].name)"
    let count = runs.count == 1 ? "1 run" : "\(runs.count) runs"
    let state: String
    switch submission.outcome {
    case .accepted(let id) where submission.executor == .slurm:
      state = style(.good, "job \(id)") + (submission.isArray ? " (array)" : "")
    case .accepted: state = style(.good, "on this machine")
    case .refused where submission.isWaiting: state = style(.warning, "waits for room")
    case .refused: state = style(.bad, "refused")
    case .unreachable: state = style(.bad, "Slurm cannot be reached")
    case .unconfirmed: state = style(.warning, "unconfirmed")
    case nil where isLater:
      state = style(.warning, "the next command that looks at runs submits it")
    case nil: state = style(.warning, "the part before it was not accepted")
    }
    let verb =
      submission.isWaiting || submission.outcome == nil && isLater
      ? "not submitted yet:" : verb(submission.outcome)
    return "\(verb) \(names) (\(count)): \(state)"
  }

  private func verb(_ outcome: SubmissionOutcome?) -> String {
    switch outcome {
    case .accepted, .unconfirmed: "submitted"
    case .refused, .unreachable, nil: "not submitted:"
    }
  }

  /// An array of objects: token, state, job_id, directory, runs.
  static func json(_ submissions: [Submitter.Submission]) -> JSONValue {
    .array(
      submissions.map { submission in
        var jobID: Int?
        let state: String
        switch submission.outcome {
        case .accepted(let id): (state, jobID) = ("accepted", id)
        case .refused where submission.isWaiting: state = "waiting"
        case .refused: state = "refused"
        case .unreachable: state = "unreachable"
        case .unconfirmed: state = "unconfirmed"
        case nil: state = "not_submitted"
        }
        return [
          "token": .string(submission.token), "state": .string(state), "job_id": JSONValue(jobID),
          "directory": .string(submission.directory),
          "runs": .array(submission.runs.map { .string($0.name) }),
        ]
      })
  }
}

/// What would be submitted.
struct Preview {
  let json: Bool
  let options: GlobalOptions

  func show(_ preview: (submissions: [PreparedSubmission], skipped: [RunRecord])) throws {
    if json {
      return Stream.output.line(
        JSONValue.array(
          preview.submissions.map { submission in
            [
              "token": .string(submission.token), "script": .string(submission.script),
              "manifest": .string(submission.manifest.text),
            ]
          }
        ).indented)
    }
    for submission in preview.submissions {
      Stream.output.write(submission.script)
      options.say("would submit \(submission.request.tasks.count) run(s) with this script")
    }
    if !preview.skipped.isEmpty {
      options.say("would skip \(preview.skipped.count) config(s) with an active or completed run")
    }
    if preview.submissions.isEmpty { options.say("nothing would be submitted") }
  }
}
