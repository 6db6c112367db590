import CDNNL

/// The library behind the matrix products, for provenance: results are equal to the bit only with the
/// same version and instruction set.
public enum MatrixLibrary {
  /// oneDNN's version, as in `2.6.3`.
  public static var version: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// The instruction sets that can be asked for, by the names that ``instructionSet`` gives.
  private static let known = [
    ("sse4.1", dnnl_cpu_isa_sse41), ("avx", dnnl_cpu_isa_avx), ("avx2", dnnl_cpu_isa_avx2),
    ("avx2_vnni", dnnl_cpu_isa_avx2_vnni), ("avx512_core", dnnl_cpu_isa_avx512_core),
    ("avx512_core_vnni", dnnl_cpu_isa_avx512_core_vnni),
    ("avx512_core_bf16", dnnl_cpu_isa_avx512_core_bf16),
    ("avx512_core_amx", dnnl_cpu_isa_avx512_core_amx),
  ]

  /// Keeps the library from using more than this instruction set, so that a run that goes on elsewhere
  /// gets the bits it had. Only before the first matrix product, and only once.
  /// - Returns: whether it is the one in use now; a machine that lacks it cannot be made to have it.
  public static func pin(instructionSet name: String) -> Bool {
    guard let value = known.first(where: { $0.0 == name })?.1 else { return false }
    // Not asked for the present one first: the library fixes its choice when it is first asked.
    _ = dnnl_set_max_cpu_isa(value)
    return instructionSet == name
  }

  /// The instruction set that oneDNN chose on this machine.
  public static var instructionSet: String {
    let effective = dnnl_get_effective_cpu_isa()
    return known.first { $0.1 == effective }?.0 ?? "oneDNN \(effective.rawValue)"
  }
}
