import Registry

/// When Slurm may be asked again: soon after something happened, then ever more rarely, because all
/// users share one controller.
struct Questions {
  /// Seconds between two questions when nothing happens.
  let longest: Double
  private var pause = Self.shortest
  private var next = 0.0

  private static let shortest = 1.0

  init(longest: Double) {
    self.longest = longest
    pause = min(Self.shortest, longest)
  }

  /// Whether it is time to ask; asking makes the next pause longer.
  var isDue: Bool {
    mutating get {
      guard now() >= next else { return false }
      next = now() + pause
      pause = min(pause * 1.5, longest)
      return true
    }
  }

  /// Something happened: more may follow.
  mutating func hurry() { pause = min(Self.shortest, longest) }
}
