import CSamplerate

/// The same sound at another rate, by libsamplerate's best sinc converter (145 dB signal to noise).
/// - Returns: round(samples · to/from) samples; the samples themselves where the rates are equal.
/// - Throws: ``AudioError`` naming `path` where the ratio is outside 1/256…256.
public func resample(_ samples: [Float], from: Int, to: Int, path: String) throws -> [Float] {
  if from == to || samples.isEmpty { return samples }
  let ratio = Double(to) / Double(from)
  guard src_is_valid_ratio(ratio) != 0 else {
    throw AudioError(path, "its sample rate of \(from) Hz cannot be converted to \(to) Hz")
  }
  let count = Int((Double(samples.count) * ratio).rounded())
  var result = [Float](repeating: 0, count: count)
  let status = samples.withUnsafeBufferPointer { source in
    result.withUnsafeMutableBufferPointer { target in
      var data = SRC_DATA()
      data.data_in = source.baseAddress
      data.data_out = target.baseAddress
      data.input_frames = source.count
      data.output_frames = target.count
      data.src_ratio = ratio
      return src_simple(&data, Int32(SRC_SINC_BEST_QUALITY), 1)
    }
  }
  guard status == 0 else {
    throw AudioError(path, "resampling failed (\(String(cString: src_strerror(status))))")
  }
  return result
}
