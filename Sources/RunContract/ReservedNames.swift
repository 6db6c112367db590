/// Why a parameter may not have this name, or `nil` where it may: its environment variable would
/// change how the shell, the linker, Slurm, MPI or orchestrate itself work.
public func reservedParameterReason(_ name: String) -> String? {
  let isSpelledRight =
    name.utf8.first.map(isSmallLetter) == true
    && name.utf8.allSatisfy {
      isSmallLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_")
    }
  guard isSpelledRight else {
    return "a parameter's name is made of a-z, 0-9 and _, and begins with a letter"
  }
  let variable = environmentName(ofParameter: name)
  if reservedNames.contains(variable) || reservedPrefixes.contains(where: variable.hasPrefix) {
    return "its environment variable \(variable) already has a meaning to the shell, Slurm or MPI"
  }
  return nil
}

private func isSmallLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}

/// Variables that programs read, and those that Bash itself sets, changes or makes read-only.
private let reservedNames: Set = [
  "PATH", "HOME", "SHELL", "IFS", "ENV", "USER", "LOGNAME", "PWD", "OLDPWD", "TMPDIR", "LANG",
  "TZ", "TERM", "UID", "EUID", "PPID", "RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS",
  "EPOCHREALTIME", "HOSTNAME", "HOSTTYPE", "OSTYPE", "MACHTYPE", "SHLVL", "OPTIND", "OPTARG",
  "OPTERR", "REPLY", "CDPATH", "PS4", "SHELLOPTS", "POSIXLY_CORRECT", "DIRSTACK", "FUNCNAME",
  "GROUPS", "LINENO", "PIPESTATUS", "COLUMNS", "LINES", "TMOUT", "GLOBIGNORE", "EXECIGNORE",
  "MAPFILE", "COPROC", "HISTCMD", "TIMEFORMAT", "CHILD_MAX", "FUNCNEST",
]

private let reservedPrefixes = [
  "BASH", "LD_", "LC_", "SLURM", "SBATCH", "SRUN", "ORCHESTRATE", "OMP", "PMI",
]
