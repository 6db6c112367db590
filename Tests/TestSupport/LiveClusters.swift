import Foundation
import Synchronization

/// The clusters that this process brought up and has to take down.
enum LiveClusters {
  static let tools = "\(repositoryRoot)/Tools/cluster"

  private static let prefix = "orchestrate-tests-"
  private static let directories = Mutex<Set<String>>([])
  private static let count = Atomic<Int>(0)

  /// A folder name that says which process to blame. Short: a socket's path has a limit.
  static func newDirectory() -> String {
    "/tmp/\(prefix)\(getpid())-\(count.add(1, ordering: .relaxed).newValue)"
  }

  static func add(_ directory: String) {
    _ = atExit
    _ = directories.withLock { $0.insert(directory) }
  }

  static func remove(_ directory: String) {
    _ = directories.withLock { $0.remove(directory) }
  }

  private static let atExit: Void = {
    atexit { LiveClusters.takeDown(LiveClusters.directories.withLock { Array($0) }) }
  }()

  /// Takes down what an earlier test process left behind when it crashed; done once.
  static let takeDownOrphans = Task {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
    let orphans = names.filter { name in
      let number = name.dropFirst(prefix.count).prefix(while: \.isNumber)
      guard name.hasPrefix(prefix), let pid = Int32(number) else { return false }
      return kill(pid, 0) != 0 && errno == ESRCH
    }
    takeDown(orphans.map { "/tmp/\($0)" })
  }

  /// All at once, and synchronously: no task runs any more while the process exits.
  private static func takeDown(_ directories: [String]) {
    let started = directories.compactMap { directory -> pid_t? in
      let environment = ["PATH=/usr/bin:/bin", "CLUSTER_DIR=\(directory)", "CLUSTER_WIPE=1"]
      return withStrings(["bash", "\(tools)/down.sh"]) { arguments in
        withStrings(environment) { environment in
          var pid: pid_t = 0
          return posix_spawn(&pid, "/bin/bash", nil, nil, arguments, environment) == 0 ? pid : nil
        }
      }
    }
    for pid in started {
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
  }

  private static func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return body(copies)
  }
}
