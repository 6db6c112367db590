import Foundation
import Synchronization

/// The number of those who want new files to be the user's alone, and what the mask was before the first.
private let wishes = Mutex<(count: Int, before: mode_t)>((0, 0))

/// Does something while every file that this process makes is the user's alone, and so is what a program makes
/// that is started meanwhile.
///
/// The mask is the whole process's: where several threads want this, the last one to leave gives back what
/// the first one found. What others make meanwhile is a little more private than it need be.
public func withPrivateUmask<Value, Problem: Error>(
  _ body: () throws(Problem) -> Value
) throws(Problem) -> Value {
  wishes.withLock { wishes in
    if wishes.count == 0 { wishes.before = umask(0o077) }
    wishes.count += 1
  }
  defer {
    wishes.withLock { wishes in
      wishes.count -= 1
      if wishes.count == 0 { umask(wishes.before) }
    }
  }
  return try body()
}
