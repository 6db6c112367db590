/// A submission's token: the job's name and the name of its claim.
///
/// It is readable by its experiment and unique by twelve random letters and digits (62 bits), so that a
/// job whose answer was lost can be found by name, and a reused job id is never mistaken for ours.
public func newToken(experiment: String) -> String {
  let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
  var generator = SystemRandomNumberGenerator()
  let suffix = (0..<12).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
  return "\(experiment).\(String(suffix))"
}
