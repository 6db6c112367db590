import CSpawn
import Foundation
import RunContract

/// Starts a command as the leader of a session of its own, with an empty standard input, these two
/// descriptors and no other.
func spawn(_ command: Command, output: Int32, error: Int32) throws(CommandFailure) -> pid_t {
  let path = try programPath(of: command)
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
  posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO)
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
  if let folder = command.workingDirectory {
    posix_spawn_file_actions_addchdir_np(&actions, folder)
  }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  var every = sigset_t()
  sigemptyset(&none)
  sigfillset(&every)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setsigdefault(&attributes, &every)
  posix_spawnattr_setflags(
    &attributes,
    Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | orchestrate_spawn_setsid)

  var pid = pid_t()
  func start() -> Int32 {
    withCStrings([command.executable] + command.arguments) { arguments in
      withCStrings(command.environment.map { "\($0.key)=\($0.value)" }) { environment in
        posix_spawn(&pid, path, &actions, &attributes, arguments, environment)
      }
    }
  }
  // Only a child's own code could set its umask alone, and here none runs between this program and that one.
  func startAsWished() -> Int32 { command.isPrivate ? withPrivateUmask(start) : start() }
  var status = startAsWished()
  // A program that was copied a moment ago may still be open for writing in a child of somebody's.
  for _ in 0..<50 where status == ETXTBSY {
    usleep(20_000)
    status = startAsWished()
  }
  guard status == 0 else { throw failure(command, path, status) }
  return pid
}

/// The file that a name stands for in the command's own `PATH`.
private func programPath(of command: Command) throws(CommandFailure) -> String {
  let name = command.executable
  if name.contains("/") { return name }
  for folder in (command.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":") {
    let path = "\(folder)/\(name)"
    var facts = stat()
    if access(path, X_OK) == 0, stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG {
      return path
    }
  }
  throw .notFound(name)
}

private func failure(_ command: Command, _ path: String, _ status: Int32) -> CommandFailure {
  if let folder = command.workingDirectory, access(folder, X_OK) != 0 {
    let reason = String(cString: strerror(errno))
    return .notStarted(command.executable, reason: "cannot go to \(folder): \(reason)")
  }
  if status == ENOENT, access(path, F_OK) != 0 { return .notFound(command.executable) }
  return .notStarted(command.executable, reason: String(cString: strerror(status)))
}

/// Lends strings as C keeps a program's arguments: pointers with a null after the last.
private func withCStrings<Answer>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Answer
) -> Answer {
  var pointers = strings.map { strdup($0) }
  defer { for pointer in pointers { free(pointer) } }
  pointers.append(nil)
  return pointers.withUnsafeBufferPointer { buffer in
    guard let first = buffer.baseAddress else { preconditionFailure("there is a null in it") }
    return body(first)
  }
}
