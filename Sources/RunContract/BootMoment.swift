import Foundation

/// A moment by a clock that nobody sets: seconds since this machine's start, with the start's id.
///
/// A wall clock may be stepped by hours; what waits for five minutes must not think them over then.
public struct BootMoment: Equatable, Sendable {
  public var bootID: String
  /// Seconds since the start, time asleep included (CLOCK_BOOTTIME).
  public var seconds: Double

  /// A moment.
  public init(bootID: String, seconds: Double) {
    self.bootID = bootID
    self.seconds = seconds
  }

  /// Reads ``text``.
  public init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, let seconds = Double(parts[1]) else { return nil }
    self.init(bootID: String(parts[0]), seconds: seconds)
  }

  /// `<boot id> <seconds>`, for the registry.
  public var text: String { "\(bootID) \(seconds)" }

  /// Now, on this machine.
  public static var now: BootMoment {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return BootMoment(
      bootID: ProcessIdentity.currentBootID,
      seconds: Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9)
  }
}

/// The clocks that decisions are made by; a seam, so that tests can step them.
public struct Clocks: Sendable {
  /// Seconds since 1970, UTC; may be stepped.
  public var wall: @Sendable () -> Double
  /// This machine's own clock, which nobody steps.
  public var boot: @Sendable () -> BootMoment

  /// Clocks.
  public init(
    wall: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
    boot: @escaping @Sendable () -> BootMoment = { .now }
  ) {
    self.wall = wall
    self.boot = boot
  }

  /// Seconds since a moment that was noted by both clocks: by the machine's own within one boot, else,
  /// as on another login node, by the wall's.
  public func elapsed(sinceWall wall: Double, boot: BootMoment?) -> Double {
    let now = self.boot()
    if let boot, boot.bootID == now.bootID { return now.seconds - boot.seconds }
    return self.wall() - wall
  }
}
