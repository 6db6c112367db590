import GRDB

/// What a user is told when the registry cannot do its work.
public enum RegistryError: Error, CustomStringConvertible, Sendable {
  /// The file was written by a later version of this program.
  case newerSchema(path: String)
  /// The file was written by an earlier version of this program and cannot be brought up to date.
  case olderSchema(path: String, reason: String)
  /// SQLite on this machine is older than the registry needs.
  case oldSQLite(version: String)
  /// The path leads to something else than a plain file.
  case notAFile(path: String, isLink: Bool)
  /// The file is no database.
  case notARegistry(path: String, reason: String)
  /// The file is a database that SQLite finds damaged.
  case damaged(path: String, reason: String)
  /// The file or its folder cannot be opened or written.
  case cannotOpen(path: String, reason: String)
  /// Something has to be recorded, and the file can only be read.
  case readOnly(path: String, reason: String)
  /// A process that was killed left changes that only somebody with write access can finish.
  case unfinished(path: String)
  /// The file system has no room for what has to be recorded.
  case diskFull(path: String)
  /// Another program held the registry for longer than we wait.
  case busy(path: String)
  /// The file system's locks do not work.
  case noLocks(path: String, reason: String)
  /// Another file has taken the registry's place since it was opened.
  case replaced(path: String)
  /// SQLite refused a statement.
  case failed(path: String, reason: String)
  /// A step that the table of transitions does not have.
  case impossibleTransition(run: String, from: RunState, to: RunState)

  public var description: String {
    switch self {
    case .newerSchema(let path):
      "\(path) was written by a newer orchestrate; update this one (nothing was changed)"
    case .olderSchema(let path, let reason):
      "\(path) was written by an older orchestrate and must be brought up to date, which "
        + "`orchestrate status` does where it can write; here it is only read: \(reason)"
    case .oldSQLite(let version):
      "SQLite \(version) is too old for the registry; 3.37 or later is needed (STRICT tables)"
    case .notAFile(let path, let isLink):
      "\(path) is \(isLink ? "a symbolic link" : "no plain file"); the registry must be a file of "
        + "its own, so move this away and put the registry itself there"
    case .notARegistry(let path, let reason):
      "\(path) is not a registry of orchestrate (\(reason)); move it away and run `orchestrate init`"
    case .damaged(let path, let reason):
      "\(path) is damaged (\(reason)); restore it from a backup, or save what can be read with "
        + "`sqlite3 registry.sqlite .recover`"
    case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
    case .readOnly(let path, let reason): "nothing can be recorded in \(path): \(reason)"
    case .unfinished(let path):
      "\(path) holds changes of a process that was killed, which only somebody who may write it can "
        + "finish: let its owner run `orchestrate status` once"
    case .diskFull(let path):
      "no room is left on the disk that holds \(path), so this was not recorded; free some and try again"
    case .busy(let path):
      "\(path) has been locked by another process for over \(Registry.busyTimeout) s"
    case .noLocks(let path, let reason):
      "the file system of \(path) does not give the locks that SQLite needs (\(reason)); keep the "
        + "project on a file system with POSIX locks, such as a local disk or NFS 4"
    case .replaced(let path):
      "\(path) was moved, removed or replaced since this command opened it, so nothing more is recorded "
        + "by it; start it again"
    case .failed(let path, let reason): "\(path): \(reason)"
    case .impossibleTransition(let run, let from, let to):
      "run \(run) cannot go from \(from.rawValue) to \(to.rawValue)"
    }
  }
}

extension RegistryError {
  /// When SQLite said it: what it means while opening may mean something else later.
  enum Moment { case opening, working }

  /// What SQLite's error means to a user.
  init(_ error: DatabaseError, path: String, at moment: Moment) {
    let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    switch error.extendedResultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path)
    case .SQLITE_PROTOCOL, .SQLITE_IOERR_LOCK, .SQLITE_IOERR_UNLOCK, .SQLITE_IOERR_RDLOCK,
      .SQLITE_IOERR_SHMLOCK, .SQLITE_IOERR_CHECKRESERVEDLOCK, .SQLITE_NOLFS:
      self = .noLocks(path: path, reason: reason)
    case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE: self = .diskFull(path: path)
    case .SQLITE_READONLY_ROLLBACK, .SQLITE_READONLY_RECOVERY, .SQLITE_READONLY_CANTINIT,
      .SQLITE_READONLY_CANTLOCK:
      self = .unfinished(path: path)
    case .SQLITE_READONLY: self = .readOnly(path: path, reason: reason)
    case .SQLITE_NOTADB: self = .notARegistry(path: path, reason: reason)
    case .SQLITE_CORRUPT: self = .damaged(path: path, reason: reason)
    case .SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_TRUNCATE:
      self = .failed(path: path, reason: "\(reason) while writing; look at your quota and the disk")
    case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_PERM, .SQLITE_AUTH:
      self = .cannotOpen(path: path, reason: reason)
    case .SQLITE_ERROR where moment == .opening: self = .notARegistry(path: path, reason: reason)
    default: self = .failed(path: path, reason: reason)
    }
  }
}
