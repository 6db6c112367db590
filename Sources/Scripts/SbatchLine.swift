/// A `#SBATCH` line that Slurm would not read.
package struct SbatchLineError: Error { package let reason: String }

/// The longest argument that fits the fixed buffer of Slurm's reader (BUFSIZ, less its end).
let longestSbatchArgument = 8191

/// The arguments that Slurm reads from the part of a line after `#SBATCH`.
///
/// The rules are those of `_get_argument` in Slurm's `src/sbatch/opt.c`: white space separates; a
/// backslash takes the next character as it is, inside quotes of either kind too; an unquoted `#` ends
/// the line; a quote must be closed.
package func sbatchArguments(_ line: String) throws(SbatchLineError) -> [String] {
  var arguments: [String] = []
  var argument: [UInt8]?
  var quote: UInt8?
  var isEscaped = false
  for byte in line.utf8 {
    if isEscaped {
      argument?.append(byte)
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      argument = argument ?? []
      isEscaped = true
    } else if let open = quote {
      if byte == open { quote = nil } else { argument?.append(byte) }
    } else if byte == UInt8(ascii: "#") {
      break
    } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
      if let whole = argument { arguments.append(String(decoding: whole, as: UTF8.self)) }
      argument = nil
    } else if argument == nil, byte == UInt8(ascii: ":") {
      throw SbatchLineError(reason: "an argument begins with a colon")
    } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
      argument = argument ?? []
      quote = byte
    } else {
      argument = (argument ?? []) + [byte]
    }
  }
  guard quote == nil else { throw SbatchLineError(reason: "a quote is not closed") }
  if let whole = argument { arguments.append(String(decoding: whole, as: UTF8.self)) }
  guard arguments.allSatisfy({ $0.utf8.count <= longestSbatchArgument }) else {
    throw SbatchLineError(reason: "an argument is longer than \(longestSbatchArgument) bytes")
  }
  return arguments
}
