/// Turns the fields of a row into values, and those that repeat from row to row only once.
struct RowReader {
  private let tokens: Set<String>
  /// Whether every name that is asked for looks like a token, so that no other needs to be read.
  private let areTokensAlone: Bool
  private var tokenMemo = SlurmMemo<String?>()
  private var phaseMemo = SlurmMemo<JobPhase>()
  private var detailMemo = SlurmMemo<String?>()
  private var reasonMemo = SlurmMemo<String?>()
  private var exitMemo = SlurmMemo<WaitStatus?>()
  private var nodesMemo = SlurmMemo<String?>()

  init(_ tokens: Set<String>) {
    self.tokens = tokens
    areTokensAlone = tokens.allSatisfy { Strangers.isToken($0.utf8) }
  }

  /// The name where it is asked for or looks like a token.
  mutating func token(_ field: SlurmField) -> String? {
    tokenMemo(field) { [tokens, areTokensAlone] in
      if Strangers.isToken($0.bytes) { return $0.string }
      if areTokensAlone { return nil }
      let name = $0.string
      return tokens.contains(name) ? name : nil
    }
  }

  mutating func phase(_ field: SlurmField) -> JobPhase {
    phaseMemo(field) { JobStateWords.phase(of: $0.string) }
  }

  mutating func detail(_ field: SlurmField) -> String? {
    detailMemo(field) { JobStateWords.detail(of: $0.string) }
  }

  mutating func reason(_ field: SlurmField) -> String? {
    reasonMemo(field) { ["", "None", "(null)"].contains($0.string) ? nil : $0.string }
  }

  mutating func exit(_ field: SlurmField) -> WaitStatus? {
    exitMemo(field) { WaitStatus($0.bytes) }
  }

  /// The nodes; `nil` where there are none.
  mutating func nodes(_ field: SlurmField) -> String? {
    nodesMemo(field) {
      ["", "(null)", "None assigned", "N/A"].contains($0.string) ? nil : $0.string
    }
  }
}
