import CMPI

/// The communicator of the ranks that this process was started with.
///
/// To be called once, before anything that a single rank could fail at, and after signals are blocked:
/// MPI's threads inherit what is held back. One rank alone never loads MPI.
/// - Parameter environment: the process's environment; see ``RankCount`` for what counts.
/// - Throws: ``CommunicatorError`` where the ranks cannot find each other.
public func makeCommunicator(environment: [String: String]) throws -> any Communicator {
  let ranks = try RankCount(environment: environment)
  guard ranks.count > 1 else { return SingleRank() }
  guard cmpi_is_built() != 0 else {
    throw CommunicatorError.start(
      "started as \(ranks.count) ranks by \(ranks.starter), but built without MPI; install MPI with "
        + "its header (Debian: libopenmpi-dev; elsewhere set MPI_HOME) and build again")
  }
  var reason: UnsafePointer<CChar>?
  guard let library = cmpi_load(&reason) else {
    throw CommunicatorError.start(
      "started as \(ranks.count) ranks by \(ranks.starter), but MPI's library cannot be loaded ("
        + (reason.map { String(cString: $0) } ?? "no reason given")
        + "); load the environment module of the MPI that train was built with")
  }
  return try MPICommunicator(library.pointee, ranks: ranks)
}
