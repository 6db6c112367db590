import Foundation

/// Shows each name in a folder as its bytes, of which a string need not be made: a folder may hold ten
/// thousand. None where there is no such folder.
/// - Throws: ``FileError`` where it cannot be looked at.
package func visitNames(
  inFolder path: String, _ visit: (UnsafeBufferPointer<UInt8>) -> Void
) throws(FileError) {
  guard let folder = opendir(path) else {
    if errno == ENOENT || errno == ENOTDIR { return }
    throw FileError("list", path)
  }
  defer { closedir(folder) }
  while true {
    errno = 0
    guard let entry = readdir(folder) else {
      if errno != 0 { throw FileError("list", path) }
      return
    }
    withUnsafePointer(to: &entry.pointee.d_name) { name in
      let capacity = MemoryLayout.size(ofValue: name.pointee)
      name.withMemoryRebound(to: UInt8.self, capacity: capacity) { bytes in
        visit(UnsafeBufferPointer(start: bytes, count: length(of: bytes, limit: capacity)))
      }
    }
  }
}

private func length(of bytes: UnsafePointer<UInt8>, limit: Int) -> Int {
  var length = 0
  while length < limit, bytes[length] != 0 { length += 1 }
  return length
}
