import Foundation
import RunContract

extension Seal {
  /// The user's seal, without which nothing is submitted: nobody could finish, repeat or continue it.
  /// - Throws: ``Failure`` that names the path and the mend.
  static func required() throws -> Seal {
    do { return try ofUser() } catch let error as FileError {
      throw Failure(
        "there is no key to sign submissions with: \(error)",
        hint: "let HOME, or XDG_STATE_HOME, name a folder of yours that can be written to; without "
          + "the key nothing could be submitted anew after a lost reply")
    }
  }
}
