#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

// The C library's functions that the target needs, in one place: it needs no Foundation.

func exponential(_ x: Double) -> Double { exp(x) }

func logarithm(_ x: Double) -> Double { log(x) }

/// log(1 + x), accurate for small x.
func logarithmOfOnePlus(_ x: Double) -> Double { log1p(x) }

/// 1 − erf(x), accurate in the upper tail.
func complementaryErrorFunction(_ x: Double) -> Double { erfc(x) }

func cosine(_ x: Double) -> Double { cos(x) }

/// ln Γ(x) of a positive x.
func logarithmOfGamma(_ x: Double) -> Double { lgamma(x) }
