// scan-probe [COUNT]: takes pictures through Scanner and prints size and hash of each; the pictures themselves go nowhere.
import Biometrics
import Glibc
import Platform
import Scanner
import Secrets

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1
let scanner = ScannerHost()
await scanner.start()
let deadline = SuspendingClock().now + .seconds(10)
while SuspendingClock().now < deadline {
    if case .ready = scanner.state { break }
    try await Task.sleep(for: .milliseconds(10))
}
for _ in 0..<count {
    do {
        let image = try await scanner.capture(timeout: .seconds(10)) { _ in }
        print("\(image.width)x\(image.height) \(fnv1a(image.pixels))\n", to: STDOUT_FILENO)
        _ = await scanner.settle(within: .seconds(5))
    } catch {
        print("\(error.code)\n", to: STDOUT_FILENO)
    }
}
await scanner.stop()

/// The 64-bit FNV-1a hash, which a test can compute of the expected picture in a line of its own.
func fnv1a(_ bytes: SecretBytes) -> String {
    bytes.withSpan { bytes in
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
