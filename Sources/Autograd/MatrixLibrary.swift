import CDNNL
import Foundation

/// The library behind the matrix products, for provenance: results are equal to the bit only with the
/// same version and instruction set. (The other operations give the same bits everywhere.)
public enum MatrixLibrary {
  /// oneDNN's version, as in `2.6.3`.
  public static var version: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// The instruction set that oneDNN chose on this machine. From then on it cannot be pinned any more.
  public static var instructionSet: String {
    let chosen = dnnl_get_effective_cpu_isa()
    return instructionSets.first { $0.set == chosen }?.name ?? "oneDNN \(chosen.rawValue)"
  }

  /// The names that ``instructionSet`` may give.
  public static var knownInstructionSets: [String] { instructionSets.map(\.name) }

  /// Makes oneDNN use no more than this instruction set, so that it gives the bits that it gave where
  /// that was the widest. To be called before the first matrix product and before ``instructionSet``.
  /// - Parameter instructionSet: a name as ``instructionSet`` gives it.
  /// - Returns: whether that instruction set is now in use; `false` where the name is unknown, this
  ///   machine does not have it, or oneDNN has already chosen.
  public static func pin(instructionSet name: String) -> Bool {
    guard let set = instructionSets.first(where: { $0.name == name })?.set else { return false }
    _ = dnnl_set_max_cpu_isa(set)
    return dnnl_get_effective_cpu_isa() == set
  }

  /// Measures what the matrix products reach at best: C = A·B for square matrices of 256, 512, 1024 and
  /// 2048, shared out as the operations do it, the median of seven products each. Takes about a
  /// second.
  /// - Returns: the highest of the four medians, in GFLOP/s.
  public static func measuredPeak(threads: Int) -> Double {
    let crew = Crew(threads: threads)
    return [256, 512, 1024, 2048].map { medianRate(size: $0, crew) }.max() ?? 0
  }

  private static func medianRate(size: Int, _ crew: Crew) -> Double {
    let matrices = [Float](repeating: 0.5, count: 2 * size * size)
    var product = [Float](repeating: 0, count: size * size)
    let chunks = Chunks(size, limit: max(48, size / (4 * crew.threads)))
    let seconds = (0..<8).map { _ in
      let begin = DispatchTime.now().uptimeNanoseconds
      matrices.withUnsafeBufferPointer { matrices in
        product.withUnsafeMutableBufferPointer { product in
          guard let a = matrices.baseAddress, let c = product.baseAddress else { return }
          crew.forEach(chunks.count) { _, part in
            let first = chunks[part].lowerBound * size
            multiply(
              Factor(a + first, stride: size), Factor(a + size * size, stride: size),
              into: Product(c + first, stride: size), rows: chunks[part].count, columns: size,
              inner: size, adding: false)
          }
        }
      }
      return Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
    }
    // The first product of a size pays for memory and for oneDNN's kernel.
    let median = seconds.dropFirst().sorted()[3]
    return 2e-9 * Double(size) * Double(size) * Double(size) / median
  }
}

/// oneDNN's instruction sets by the names that provenance uses.
private let instructionSets: [(name: String, set: dnnl_cpu_isa_t)] = [
  ("sse4.1", dnnl_cpu_isa_sse41), ("avx", dnnl_cpu_isa_avx), ("avx2", dnnl_cpu_isa_avx2),
  ("avx2_vnni", dnnl_cpu_isa_avx2_vnni), ("avx512_core", dnnl_cpu_isa_avx512_core),
  ("avx512_core_vnni", dnnl_cpu_isa_avx512_core_vnni),
  ("avx512_core_bf16", dnnl_cpu_isa_avx512_core_bf16),
  ("avx512_core_amx", dnnl_cpu_isa_avx512_core_amx),
]
