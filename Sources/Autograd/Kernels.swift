import CKernels

/// The inner loops for this machine's instruction set. Every set gives the same bits.
let kernels = kernels_of_machine().pointee

/// target += source.
func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
  kernels.add(target, source, Int64(count))
}
