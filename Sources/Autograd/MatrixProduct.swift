import CDNNL
import Foundation

/// A matrix to be multiplied, row-major.
struct Factor {
  let pointer: UnsafePointer<Float>
  /// From one stored row to the next.
  let stride: Int
  /// Whether the factor is the transposed of what is stored.
  let isTransposed: Bool

  init(_ pointer: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
    self.pointer = pointer
    self.stride = stride
    isTransposed = transposed
  }
}

/// A matrix to be written, row-major.
struct Product {
  let pointer: UnsafeMutablePointer<Float>
  let stride: Int

  init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
    self.pointer = pointer
    self.stride = stride
  }
}

/// The one place where matrices are multiplied: C = A·B, or C += A·B, by oneDNN, which picks its kernel
/// for the machine's instruction set at run time.
///
/// It runs on the calling thread alone: operations cut their products into parts and give those to
/// their ``Crew``, whose threads and OpenMP's would compete. Sizes from 32 rows on run at full speed
/// where B is not transposed.
/// - Parameters:
///   - rows: rows of A and C.
///   - columns: columns of B and C.
///   - inner: the length of the dot products.
///   - adding: whether C's old content is kept and added to.
func multiply(
  _ a: Factor, _ b: Factor, into c: Product, rows: Int, columns: Int, inner: Int, adding: Bool
) {
  setOpenMPThreads?(1)
  let status = dnnl_sgemm(
    a.isTransposed ? transposed : plain, b.isTransposed ? transposed : plain,
    Int64(rows), Int64(columns), Int64(inner), 1, a.pointer, Int64(a.stride),
    b.pointer, Int64(b.stride), adding ? 1 : 0, c.pointer, Int64(c.stride))
  // Its only refusals are impossible sizes, which the operations' own checks exclude.
  precondition(status == dnnl_success, "dnnl_sgemm refused \(rows)×\(columns)×\(inner)")
}

private let plain = CChar(UInt8(ascii: "N"))
private let transposed = CChar(UInt8(ascii: "T"))

/// OpenMP's setting for the calling thread, where oneDNN uses it. libgomp reads OMP_NUM_THREADS before
/// `main` begins, so that setting the variable would come too late.
private let setOpenMPThreads = dlsym(nil, "omp_set_num_threads").map {
  unsafeBitCast($0, to: (@convention(c) (Int32) -> Void).self)
}
