// Pictures one after the other.
import Biometrics
import Glibc
import Platform
import Scanner
import Secrets

func takePictures(_ count: Int) async {
    let scanner = ScannerHost()
    await scanner.start()
    let deadline = SuspendingClock().now + .seconds(10)
    while SuspendingClock().now < deadline {
        if case .ready = scanner.state { break }
        try? await Task.sleep(for: .milliseconds(10))
    }
    for _ in 0..<count {
        do throws(ScannerError) {
            let image = try await scanner.capture(timeout: .seconds(10)) { _ in }
            print("\(describe(image))\n", to: STDOUT_FILENO)
            _ = await scanner.settle(within: .seconds(5))
        } catch {
            print("\(error.code)\n", to: STDOUT_FILENO)
        }
    }
    await scanner.stop()
}

/// Size and 64-bit FNV-1a hash, which a test can compute of the expected picture in a line of its own.
func describe(_ image: FingerImage) -> String {
    image.pixels.withSpan { bytes in
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return "\(image.width)x\(image.height) \(String(hash, radix: 16))"
    }
}
