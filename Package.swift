// swift-tools-version: 6.3
// The rooms of the house and who may import whom; docs/architecture.md says what each is for.
import PackageDescription

/// The strictest settings that this toolchain offers; every Swift target uses them, tests included.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "pidd",
    targets: [
        // C libraries: a module map and a shim each, nothing else.
        .systemLibrary(name: "CFPrint", pkgConfig: "libfprint-2", providers: [.apt(["libfprint-2-dev"])]),
        .systemLibrary(name: "CUSB", pkgConfig: "libusb-1.0", providers: [.apt(["libusb-1.0-0-dev"])]),
        .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CINIH", pkgConfig: "inih", providers: [.apt(["libinih-dev"])]),
        .systemLibrary(name: "COpenJPEG", pkgConfig: "libopenjp2", providers: [.apt(["libopenjp2-7-dev"])]),
        .target(name: "CLinux"),

        // Small helpers that know nothing of fingerprints.
        library("Platform", ["CLinux"]),
        library("Secrets", ["Platform"]),
        library("Crypto", ["CCrypto", "Platform", "Secrets"]),
        library("Arguments", ["Platform"]),
        library("Settings", ["CINIH", "Platform"]),
        library("HTTPClient", ["CCurl", "Platform", "Secrets"]),

        // Core: no I/O.
        .target(
            name: "Biometrics", dependencies: ["COpenJPEG", "Platform", "Secrets"],
            // Every pixel passes through loops that take fifty times as long at -Onone.
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        library("RDProtocol", ["CXML", "Platform", "Secrets"]),
        library("PIDSeal", ["Biometrics", "Crypto", "Platform", "RDProtocol", "Secrets", "Settings"]),
        library("Sharing"),
        library("HTTPWire", ["Secrets"]),
        library("EkoAPI", ["Crypto", "HTTPClient", "Platform", "Secrets"]),

        // Edges: sockets and devices.
        library("LocalServer", ["CLinux", "HTTPWire", "Platform", "Secrets"]),
        .target(
            name: "Scanner", dependencies: ["Biometrics", "CFPrint", "CUSB", "Platform", "Secrets", "Settings"],
            resources: [.embedInCode("scanners.conf")], swiftSettings: strict),
        library("PiddClient", ["HTTPClient", "Platform", "RDProtocol", "Secrets"]),

        // What browsers are shown: files, built in.
        .target(
            name: "BrowserPage",
            resources: [
                .embedInCode("page.html"), .embedInCode("page.css"), .embedInCode("page.js"), .embedInCode("page.svg"),
            ],
            swiftSettings: strict),

        // Composition.
        library(
            "PiddCore",
            [
                "Biometrics", "BrowserPage", "Crypto", "HTTPWire", "LocalServer", "PIDSeal", "Platform", "RDProtocol",
                "Scanner",
                "Secrets", "Settings", "Sharing",
            ]),
        library(
            "EkycClientCore",
            [
                "Arguments", "Crypto", "EkoAPI", "HTTPClient", "PiddClient", "Platform", "RDProtocol", "Secrets",
                "Settings",
            ]),
        program("pidd", ["Arguments", "LocalServer", "PIDSeal", "PiddCore", "Platform", "RDProtocol", "Scanner"]),
        program("ekyc-client", ["EkycClientCore", "Platform"]),
        program("pidd-inspect", ["Arguments", "Biometrics", "Platform", "Secrets"]),

        // For tests and demonstrations: a stand-in for Eko and UIDAI, and scanners made of software.
        library(
            "EkoSandbox", ["Biometrics", "CSSL", "Crypto", "HTTPWire", "Platform", "RDProtocol", "Secrets", "Settings"]),
        .target(
            name: "VirtualScanner", dependencies: ["Biometrics", "Platform", "Secrets"],
            // Ridges grow in loops of 500 million steps, which tests cannot wait for at -Onone.
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        program("eko-sandbox", ["Arguments", "EkoSandbox", "Platform"]),
        program("pidd-simulate", ["Arguments", "Platform", "VirtualScanner"]),

        // Tests mirror the targets; PiddClient and BrowserPage are tested by SystemTests, through a real daemon.
        .target(
            name: "TestSupport", dependencies: ["Platform"], path: "Tests/TestSupport", swiftSettings: strict),
        tests("PlatformTests", ["Platform"]),
        tests("SecretsTests", ["Secrets"]),
        tests("CryptoTests", ["Crypto", "Secrets"]),
        tests("ArgumentsTests", ["Arguments"]),
        tests("SettingsTests", ["Settings"]),
        tests("BiometricsTests", ["Biometrics", "Platform", "Secrets", "VirtualScanner"]),
        tests("PiddInspectTests", ["Biometrics", "Secrets", "VirtualScanner", "pidd-inspect"]),
        tests("RDProtocolTests", ["RDProtocol", "Secrets"]),
        tests(
            "PIDSealTests",
            ["Biometrics", "Crypto", "PIDSeal", "Platform", "RDProtocol", "Secrets", "Settings", "pidd"],
            exclude: ["tools"]),
        tests("SharingTests", ["Sharing"]),
        tests("HTTPWireTests", ["HTTPWire", "Secrets"]),
        tests("LocalServerTests", ["HTTPWire", "LocalServer", "Platform", "Secrets"]),
        tests("ScannerTests", ["Biometrics", "Platform", "Scanner", "Secrets", "Settings", "VirtualScanner"]),
        tests(
            "VirtualScannerTests", ["Biometrics", "Secrets", "VirtualScanner", "pidd-simulate"],
            exclude: ["reference"]),
        tests("HTTPClientTests", ["HTTPClient", "Platform", "Secrets"]),
        tests("EkoAPITests", ["Crypto", "EkoAPI", "HTTPClient", "Platform", "Secrets"]),
        tests(
            "EkycClientCoreTests",
            ["EkoAPI", "EkycClientCore", "PiddClient", "Platform", "Secrets", "eko-sandbox", "ekyc-client"]),
        tests(
            "EkoSandboxTests",
            ["Biometrics", "Crypto", "EkoSandbox", "HTTPClient", "Platform", "RDProtocol", "Secrets"]),
        tests(
            "PiddCoreTests",
            [
                "Biometrics", "HTTPWire", "LocalServer", "PIDSeal", "PiddCore", "Platform", "RDProtocol", "Scanner",
                "Secrets", "Settings", "Sharing",
            ]),
        // Whole processes over the real socket, the real scanner library and real TLS.
        tests(
            "SystemTests",
            [
                "Biometrics", "Platform", "Secrets", "VirtualScanner", "pidd", "ekyc-client", "eko-sandbox",
                "pidd-simulate", "scan-probe",
            ],
            exclude: ["tools"]),
        // Parsers under libFuzzer (`make fuzz`), and their corpora as tests.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Biometrics", "EkoAPI", "HTTPWire", "LocalServer", "PiddClient", "PiddCore", "RDProtocol", "Scanner",
                "Secrets", "Settings",
            ],
            path: "Tests/FuzzTargets", swiftSettings: strict),
        tests("FuzzTests", ["FuzzTargets"], exclude: ["corpus"]),
        // Takes a picture through `Scanner` and prints its hash, for tests and by hand; no product.
        .executableTarget(
            name: "scan-probe", dependencies: ["Biometrics", "Platform", "Scanner", "Secrets"],
            path: "Tests/scan-probe", swiftSettings: strict),
        // Makes records from pictures as pidd does, for `make quality`; no product.
        .executableTarget(
            name: "template-maker", dependencies: ["Biometrics", "Platform", "Scanner", "Secrets"],
            path: "Tests/template-maker", swiftSettings: strict),
        // Parts of pidd beside the same work in C, for `make bench`; no product.
        .target(name: "CBenchPeers", dependencies: ["CCrypto", "CFPrint"], path: "Tests/Bench/CBenchPeers"),
        .executableTarget(
            name: "pidd-bench",
            dependencies: [
                "Biometrics", "CBenchPeers", "Crypto", "PIDSeal", "Platform", "RDProtocol", "Scanner", "Secrets",
                "VirtualScanner",
            ],
            path: "Tests/Bench/pidd-bench", swiftSettings: strict),
    ]
)
