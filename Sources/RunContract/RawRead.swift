import Foundation

/// Reads from a descriptor until the buffer is full or nothing is left, going on after interruptions.
/// - Returns: how many bytes there are; `nil` where the system refused.
func readFully(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
  guard let base = buffer.baseAddress else { return 0 }
  var done = 0
  while done < buffer.count {
    let count = read(descriptor, base + done, buffer.count - done)
    if count < 0, errno == EINTR { continue }
    if count < 0 { return nil }
    if count == 0 { break }
    done += count
  }
  return done
}

/// The first bytes of a file, as many as there are up to a limit; `nil` where it cannot be read.
package func beginning(ofFileAt path: String, limit: Int) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: limit)
  guard let count = bytes.withUnsafeMutableBytes({ readFully(descriptor, into: $0) }) else {
    return nil
  }
  return Array(bytes.prefix(count))
}
