import Foundation

/// One of the two streams of a child.
struct OutputPipe {
  private(set) var reading: Int32
  private(set) var writing: Int32
  private var bytes: [UInt8] = []
  private let limit: Int

  init(_ command: Command) throws(CommandFailure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw .notStarted(command.executable, reason: String(cString: strerror(errno)))
    }
    (reading, writing) = (ends[0], ends[1])
    limit = command.outputLimit
    // No other program that this process starts may hold it open.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(reading, F_SETFL, O_NONBLOCK)
  }

  var isOverfull: Bool { bytes.count > limit }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// What to wait for; `nil` where there is no more to take.
  var polled: pollfd? {
    reading < 0 || isOverfull ? nil : pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
  }

  /// Takes what is there.
  mutating func drain() {
    guard reading >= 0 else { return }
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { room in
      while !isOverfull {
        let count = read(reading, room.baseAddress, room.count)
        if count > 0 { bytes.append(contentsOf: room[..<count]) }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN { return }
        if count <= 0 { return closeReading() }
      }
    }
  }

  private mutating func closeReading() {
    if reading >= 0 { Foundation.close(reading) }
    reading = -1
  }

  mutating func closeWriting() {
    if writing >= 0 { Foundation.close(writing) }
    writing = -1
  }

  mutating func close() {
    closeReading()
    closeWriting()
  }
}
