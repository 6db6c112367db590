import CMPI
import Foundation

/// Programs that run as several ranks on this machine.
public enum Ranks {
  /// Whether there is an mpirun, and the programs were built with MPI's header.
  public static let areAvailable =
    cmpi_is_built() != 0
    && (plainEnvironment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/mpirun") }

  /// Why tests are skipped where there are none.
  public static let missing = "MPI is not installed: `make setup`, then build again"

  /// What Open MPI needs to run as root, with more ranks than cores, and between virtual nodes, which
  /// have one address in common.
  public static let environment = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_btl": "tcp,self", "OMPI_MCA_btl_tcp_if_include": "lo",
    "OMPI_MCA_mpi_yield_when_idle": "1",
  ]

  /// Runs a program as so many ranks to its end; its status is that of the first rank that failed.
  public static func run(
    _ count: Int, _ program: String, _ arguments: [String], in directory: String? = nil,
    limit: Duration = .seconds(60)
  ) async throws -> Output {
    try await TestSupport.run(
      "mpirun", ["-n", "\(count)", "--oversubscribe", "--bind-to", "none", program] + arguments,
      environment: plainEnvironment.merging(environment) { $1 }, in: directory, limit: limit)
  }
}
