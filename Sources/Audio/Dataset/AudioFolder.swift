import Foundation
import RunContract

/// Extensions of files that are tried as audio.
private let audioExtensions: Set = [
  "wav", "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff", "au", "caf", "w64",
]

/// The audio files below a folder, by their paths relative to it, sorted. Hidden files and folders are
/// left out, and so is `output`, which may lie within.
/// - Throws: ``AudioError`` where the folder cannot be read or holds none.
func audioFiles(below folder: String, except output: String) throws -> [String] {
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory) else {
    throw AudioError(folder, "there is no such folder")
  }
  guard isDirectory.boolValue else { throw AudioError(folder, "it is no folder") }
  guard access(folder, R_OK | X_OK) == 0 else {
    throw AudioError(folder, String(cString: strerror(errno)))
  }
  let own = absolute(output) + "/"
  let names = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
    .filter { audioExtensions.contains(($0 as NSString).pathExtension.lowercased()) }
    .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
    .filter { !absolute((folder as NSString).appendingPathComponent($0)).hasPrefix(own) }
    .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  guard !names.isEmpty else {
    throw AudioError(
      folder, "no audio file in it (looked for \(audioExtensions.sorted().joined(separator: ", ")))"
    )
  }
  return names
}

private func absolute(_ path: String) -> String {
  URL(fileURLWithPath: path).standardizedFileURL.path
}
