/// Asks until there is an answer.
/// - Throws: ``TestFailure`` with the place of the call once `limit` is over; whatever `answer`
///   throws, at once.
@discardableResult
public func eventually<Answer>(
  within limit: Duration = .seconds(60), every interval: Duration = .milliseconds(50),
  file: StaticString = #fileID, line: UInt = #line,
  _ answer: () async throws -> Answer?
) async throws -> Answer {
  let end = ContinuousClock.now + limit
  while true {
    if let answer = try await answer() { return answer }
    guard ContinuousClock.now < end else {
      throw TestFailure("\(file):\(line): did not come true within \(limit)")
    }
    try await Task.sleep(for: interval)
  }
}

/// Asks until it is true; see the other form.
public func eventually(
  within limit: Duration = .seconds(60), every interval: Duration = .milliseconds(50),
  file: StaticString = #fileID, line: UInt = #line,
  _ isTrue: () async throws -> Bool
) async throws {
  try await eventually(within: limit, every: interval, file: file, line: line) {
    try await isTrue() ? true : nil
  }
}
