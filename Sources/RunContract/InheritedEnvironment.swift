import Foundation

/// The environment that this process was started with, read once: Foundation reads all of it anew for every
/// question.
public let inheritedEnvironment: [String: String] = ProcessInfo.processInfo.environment
