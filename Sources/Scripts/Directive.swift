import RunContract

/// One `#SBATCH` option that a user asked for, checked against the table of sbatch's options.
public struct Directive: Hashable, Sendable {
  /// The option's long name without its dashes.
  public let option: String
  /// Its value; `nil` for a flag.
  public let value: String?

  /// A checked directive.
  /// - Throws: ``ScriptError`` where sbatch has no such option, where the option belongs to
  ///   orchestrate, or where the value cannot be one of it.
  public init(_ option: String, _ value: String? = nil) throws(ScriptError) {
    guard let known = SbatchOption.named(option) else {
      throw ScriptError(
        "sbatch has no option \"\(printable(option))\"",
        hint: nearestName(to: option, in: SbatchOption.settable.map(\.name)).map {
          "did you mean \($0)?"
        })
    }
    if let reason = known.ownedReason {
      throw ScriptError("the option \(option) is set by orchestrate itself", hint: reason)
    }
    if let complaint = known.complaint(about: value) {
      throw ScriptError("the option \(option) \(complaint)")
    }
    self.option = option
    self.value = value
  }
}
