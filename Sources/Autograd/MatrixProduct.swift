import CDNNL

/// The one place where matrices are multiplied: C = op(A)·op(B), or C += op(A)·op(B), by oneDNN, which
/// picks its kernel for the machine's instruction set at run time.
///
/// All matrices are row-major and without gaps.
/// - Parameters:
///   - transposeA: A is stored as inner × rows.
///   - transposeB: B is stored as columns × inner.
///   - rows: rows of C.
///   - columns: columns of C.
///   - inner: the length of the dot products.
///   - adding: whether C's old content is kept and added to.
func multiply(
  _ a: UnsafePointer<Float>, transposeA: Bool = false,
  _ b: UnsafePointer<Float>, transposeB: Bool = false,
  into c: UnsafeMutablePointer<Float>, rows: Int, columns: Int, inner: Int, adding: Bool
) {
  let status = dnnl_sgemm(
    transposeA ? transposed : plain, transposeB ? transposed : plain,
    Int64(rows), Int64(columns), Int64(inner), 1,
    a, Int64(transposeA ? rows : inner), b, Int64(transposeB ? inner : columns),
    adding ? 1 : 0, c, Int64(columns))
  // Its only refusals are impossible sizes, which the operations' own checks exclude.
  precondition(status == dnnl_success, "dnnl_sgemm refused \(rows)×\(columns)×\(inner)")
}

private let plain = CChar(UInt8(ascii: "N"))
private let transposed = CChar(UInt8(ascii: "T"))
