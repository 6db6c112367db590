// swift-tools-version: 6.1
import PackageDescription

/// What every target of the project is compiled with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
]

/// What targets are compiled with whose asynchronous functions stay on the caller's thread: a command that
/// waits for one thing at a time needs no pool of threads, whose start takes as long as reading its words.
let staying = strict + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

/// Where MPI's header is, for compilers that do not look there by themselves: MPI_INCLUDE or MPI_HOME,
/// as environment modules set them.
let mpiHeader: [CSetting] = {
  let environment = Context.environment
  let folder = environment["MPI_INCLUDE"] ?? environment["MPI_HOME"].map { "\($0)/include" }
  return folder.map { [.unsafeFlags(["-I", $0])] } ?? []
}()

/// Swift's own libraries inside the program: a command line that answers in 5 ms instead of 15, the time
/// that the dynamic linker takes for twenty of them. At fixed addresses, or it would fill in a hundred
/// thousand at every start, which takes another; and with no name of theirs for others to see, for those
/// would be looked up one by one.
let staticLibraries: [LinkerSetting] =
  [
    .unsafeFlags(
      [
        "-static-stdlib", "-Xclang-linker", "-no-pie", "-Xlinker", "--no-export-dynamic",
      ], .when(platforms: [.linux]))
  ]
  + ["CoreFoundation", "_FoundationICU", "_FoundationCShims", "_FoundationCollections", "stdc++"]
  .map { .linkedLibrary($0, .when(platforms: [.linux])) }

let package = Package(
  name: "orchestrate",
  platforms: [.macOS(.v14)],
  products: [
    .executable(name: "orchestrate", targets: ["orchestrate"]),
    .executable(name: "train", targets: ["train"]),
    .library(name: "RunContract", targets: ["RunContract"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // MARK: What both programs share
    .target(name: "Penalties", swiftSettings: strict),
    .target(
      name: "RunContract",
      dependencies: ["Penalties", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    // MARK: orchestrate
    .systemLibrary(name: "CStatfs"),
    .systemLibrary(name: "CSpawn"),
    .target(
      name: "Registry",
      dependencies: [
        "CStatfs", "RunContract", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "JobFiles",
      dependencies: ["RunContract", "Scripts", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(
      name: "Scripts",
      dependencies: ["RunContract", .product(name: "Mustache", package: "swift-mustache")],
      swiftSettings: strict),
    .target(
      name: "Scheduler",
      dependencies: [
        "CSpawn", "RunContract", .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: staying),
    .target(
      name: "Orchestration",
      dependencies: ["RunContract", "Registry", "JobFiles", "Scripts", "Scheduler"],
      resources: [.embedInCode("Starter")], swiftSettings: staying),
    .target(name: "Terminal", dependencies: ["RunContract"], swiftSettings: strict),
    .target(
      name: "Reports",
      dependencies: ["Exports", "RunContract", "Registry", "Statistics", "Terminal"],
      swiftSettings: strict),
    .target(name: "Exports", dependencies: ["RunContract"], swiftSettings: strict),
    .target(name: "Statistics", swiftSettings: strict),
    .target(
      name: "ReportPage", dependencies: ["Figures", "RunContract"],
      resources: [.embedInCode("Page")],
      swiftSettings: strict),
    .executableTarget(
      name: "orchestrate",
      dependencies: [
        "Exports", "Orchestration", "ReportPage", "Reports", "Terminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: staying, linkerSettings: staticLibraries),

    // MARK: train
    .target(name: "Figures", swiftSettings: strict),
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CSndfile", providers: [.apt(["libsndfile1-dev"])]),
    .systemLibrary(name: "CSamplerate", providers: [.apt(["libsamplerate0-dev"])]),
    .target(name: "CKernels"),
    .target(name: "Autograd", dependencies: ["CDNNL", "CKernels"], swiftSettings: strict),
    .target(
      name: "Audio", dependencies: ["CSndfile", "CSamplerate", "RunContract"],
      swiftSettings: strict),
    .target(name: "CMPI", cSettings: mpiHeader, linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "Communicator", dependencies: ["CMPI", "RunContract"], swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: [
        "Autograd", "Audio", "Communicator", "Figures", "Penalties", "RunContract",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "train",
      dependencies: [
        "Training", "Audio", "Autograd", "Communicator", "Figures", "Penalties", "RunContract",
        "Terminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // MARK: Tests
    .target(
      name: "TestSupport",
      dependencies: [
        "CMPI", "RunContract", "Scheduler",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "RunContractTests", dependencies: ["RunContract"], swiftSettings: strict),
    .testTarget(
      name: "RegistryTests",
      dependencies: ["Registry", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .testTarget(
      name: "JobFilesTests", dependencies: ["JobFiles", "Penalties", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ScriptsTests", dependencies: ["Scripts", "TestSupport"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "SchedulerTests", dependencies: ["Scheduler", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "OrchestrationTests", dependencies: ["Orchestration", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Registry", "Reports", "RunContract", "Terminal", "TestSupport"],
      exclude: ["Reference"],
      swiftSettings: strict),
    .testTarget(
      name: "ExportsTests", dependencies: ["Exports", "RunContract", "TestSupport"],
      exclude: ["read_exports.py"], swiftSettings: strict),
    .testTarget(
      name: "StatisticsTests", dependencies: ["Statistics"], exclude: ["Reference"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportPageTests",
      dependencies: ["Figures", "ReportPage", "RunContract", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AutogradTests", dependencies: ["Autograd", "CKernels", "TestSupport"],
      exclude: ["Reference"], swiftSettings: strict),
    .executableTarget(
      name: "communicator-probe", dependencies: ["Communicator", "RunContract"],
      path: "Tests/CommunicatorProbe", swiftSettings: strict),
    .testTarget(
      name: "CommunicatorTests", dependencies: ["Communicator", "RunContract", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "FiguresTests", dependencies: ["Figures"], swiftSettings: strict),
    .testTarget(name: "AudioTests", dependencies: ["Audio", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "Penalties", "TestSupport"],
      exclude: ["Reference"], swiftSettings: strict),
    .testTarget(
      name: "IntegrationTests",
      dependencies: ["RunContract", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
  ]
)
