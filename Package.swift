// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // The walls between the targets cost nothing at run time (docs/decisions/0022).
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]
/// An async function stays on its caller's event loop. (Not for test targets: Testing's macros don't know it.)
let asynchronous = strict + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

/// The tests go through long histories: what they go through is optimized there, too.
let optimized = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
    name: "identityd",
    products: [
        .executable(name: "identityd", targets: ["identityd"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        .target(name: "APIKeys", dependencies: ["CCrypto"], swiftSettings: strict),
        .target(name: "EventLoop", dependencies: ["CLinux"], swiftSettings: asynchronous),
        .target(name: "FastCGI", dependencies: ["CFastCGI", "EventLoop"], swiftSettings: asynchronous),
        .target(name: "PostgreSQL", dependencies: ["CPostgreSQL", "EventLoop"], swiftSettings: asynchronous),
        .target(name: "Identity", swiftSettings: optimized),
        .target(
            name: "CIdentifiers", publicHeadersPath: ".",
            linkerSettings: [.linkedLibrary("phonenumber"), .linkedLibrary("protobuf"), .linkedLibrary("icuuc")]),
        .target(name: "Identifiers", dependencies: ["CIdentifiers", "Identity"], swiftSettings: strict),
        .target(
            name: "Settings",
            dependencies: ["Identifiers", "Identity", "PostgreSQL", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(
            name: "ContactStore", dependencies: ["EventLoop", "Identity", "PostgreSQL"],
            resources: [.embedInCode("Migrations")], swiftSettings: asynchronous),
        .target(
            name: "API", dependencies: ["APIKeys", "ContactStore", "Identifiers", "Identity", "Settings"],
            resources: [.embedInCode("OpenAPI")], swiftSettings: asynchronous),
        .target(
            name: "Bulk", dependencies: ["API", "APIKeys", "ContactStore", "Identifiers", "Identity", "Settings"],
            swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "API", "ContactStore", "EventLoop", "FastCGI", "Identity", "Settings",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: asynchronous),
        .executableTarget(
            name: "identityd",
            dependencies: [
                "API", "APIKeys", "Bulk", "ContactStore", "Identifiers", "Identity", "Server", "Settings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["ContactStore", "EventLoop", "FastCGI", "Identity", "PostgreSQL"],
            path: "Tests/TestSupport",
            swiftSettings: optimized),
        .testTarget(name: "APIKeysTests", dependencies: ["APIKeys"], swiftSettings: strict),
        .testTarget(name: "IdentityTests", dependencies: ["Identity", "TestSupport"], swiftSettings: optimized),
        .target(
            name: "PhoneOracle", path: "Tests/PhoneOracle", publicHeadersPath: ".",
            linkerSettings: [.linkedLibrary("phonenumber"), .linkedLibrary("protobuf")]),
        .testTarget(
            name: "IdentifiersTests", dependencies: ["Identifiers", "Identity", "PhoneOracle", "TestSupport"],
            resources: [.embedInCode("identifiers.json")], swiftSettings: strict),
        .testTarget(
            name: "PostgreSQLTests", dependencies: ["EventLoop", "PostgreSQL", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "FastCGITests", dependencies: ["EventLoop", "FastCGI", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ContactStoreTests",
            dependencies: ["ContactStore", "EventLoop", "Identity", "PostgreSQL", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "InterleavingTests", dependencies: ["ContactStore", "Identity", "PostgreSQL", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "APITests",
            dependencies: ["API", "ContactStore", "EventLoop", "Identifiers", "Identity", "Settings", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "BulkTests", dependencies: ["Bulk", "ContactStore", "Identity", "Settings", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "API", "ContactStore", "EventLoop", "FastCGI", "Identity", "Server", "Settings", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["PostgreSQL", "Settings", "Identity"], swiftSettings: strict),
        .testTarget(name: "SystemTests", dependencies: ["TestSupport", "PostgreSQL"], swiftSettings: strict),

        .target(
            name: "Properties",
            dependencies: ["API", "Bulk", "EventLoop", "FastCGI", "Identifiers", "Identity", "TestSupport"],
            path: "Tests/Fuzz/Properties", swiftSettings: strict),
        .testTarget(
            name: "CorpusTests", dependencies: ["Properties"], path: "Tests/Fuzz/CorpusTests", swiftSettings: strict),

        .target(
            name: "HistoryChecker", dependencies: ["Identity", "TestSupport"], path: "Tests/History/Checker",
            swiftSettings: optimized),
        .executableTarget(
            name: "check-history",
            dependencies: [
                "HistoryChecker", "PostgreSQL", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/History/CheckHistory", swiftSettings: strict),
        .testTarget(
            name: "HistoryCheckerTests", dependencies: ["HistoryChecker", "TestSupport"],
            path: "Tests/History/CheckerTests", swiftSettings: strict),
    ]
)

// For script/fuzz alone: it links only with libFuzzer.
if Context.environment["FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzzer", dependencies: ["Properties"], path: "Tests/Fuzz/Fuzzer", swiftSettings: strict))
}
