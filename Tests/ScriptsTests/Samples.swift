import Foundation
import RunContract
import Scripts
import TestSupport

/// The template that the project ships, whoever owns this copy of it.
func shippedTemplate() throws -> ScriptTemplate {
  let path = "\(repositoryRoot)/Templates/train.sbatch.mustache"
  return try ScriptTemplate(name: "train", path: path, text: try readText(path))
}

/// A script's input with everything that has to be there, to be changed by a test.
func sampleInput(
  token: String = "quadratic.a1b2c3d4e5f6", parameters: [EnvironmentVariable] = []
) -> ScriptInput {
  ScriptInput(
    token: token, experiment: "quadratic", workingDirectory: "/home/ada/mixer",
    submissionDirectory: "/home/ada/mixer/submissions/\(token)",
    manifestPath: "/home/ada/mixer/submissions/\(token)/manifest",
    manifestSHA256: String(repeating: "0", count: 64),
    command: ["/home/ada/mixer/.orchestrate/bin/train", "run"], parameters: parameters)
}

/// Texts that mean something to a shell, to Slurm, to mustache or to nobody, but hold no control
/// character.
let hostileValues = [
  "", " ", "  two  spaces ", "'", "''", "\"", "\"\"", "\\", "\\\\", "\\'", "'\\''", "$HOME",
  "${HOME}",
  "$(touch hacked)", "`touch hacked`", "$((1/0))", "#", "run#7", "a # b", "-n", "--help", "-", "--",
  "!", "!!", "*", "?", "[a]", "{a,b}", "~", "~root", "a=b", "=", ";", "&", "&&", "|", ">", "< in",
  "(",
  ")", "%", "%%", "%a", "%5j", "{{x}}", "{{{x}}}", "ö", "e\u{301}", "音楽", "🎛️", "a\u{A0}b", "à",
  "\u{FEFF}",
  "\\n", "$'\\n'", "\"$(touch hacked)\"", "'$(touch hacked)'", "quote ' and \" and \\ end\\",
  "it's #1 in $HOME; rm -rf `pwd` \\", ":", ":=", "1:30", "no", "NULL",
]

/// Hostile values and random mixtures of their parts.
func manyHostileValues(seed: UInt64, count: Int) -> [String] {
  var random = SplitMix(state: seed)
  let parts = hostileValues + ["'", "\"", "\\", "$", "`", "#", " ", "%", "x"]
  return hostileValues
    + (0..<count).map { _ in
      (0..<Int.random(in: 1...8, using: &random))
        .map { _ in parts.randomElement(using: &random) ?? "" }.joined()
    }
}
