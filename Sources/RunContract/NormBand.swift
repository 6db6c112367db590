/// The gradient norms that the penalty's account speaks of.
public enum NormBand {
  /// A norm before clipping above this is an explosion.
  public static let explosion = 10.0
  /// Where the norms of a stable training lie.
  public static let stable = 1.0...10.0
}
