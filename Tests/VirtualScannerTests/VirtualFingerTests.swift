// The feeder against libfprint's virtual image driver.
import Biometrics
import TestSupport
import Testing
import VirtualScanner

struct VirtualFingerTests {
    let folder: TemporaryFolder
    let socket: String

    init() throws {
        folder = try TemporaryFolder()
        socket = folder.file("v.sock")
    }

    /// libfprint with its virtual device, in a process of its own.
    private func scanner(_ arguments: String...) throws -> RunningTool {
        try RunningTool(
            ScanProgram.path(), arguments,
            environment: ["FP_VIRTUAL_IMAGE": socket, "FP_DRIVERS_WHITELIST": "virtual_image"])
    }

    @Test func `a picture arrives unchanged`() async throws {
        let scanner = try scanner("capture", "1", folder.file("seen"), "10000")
        let picture = finger7.impression(1, width: 388, height: 374, ppi: 500)
        try await VirtualFinger(socketPath: socket).show(picture)
        #expect(try await scanner.end() == 0)
        #expect(try contents(folder.file("seen-0.pgm")) == picture.pgm)
    }

    @Test func `with the automatic finger off the capture lasts until the finger is lifted`() async throws {
        let scanner = try scanner("capture", "1", folder.file("seen"), "10000")
        let finger = try await VirtualFinger(socketPath: socket)
        try await finger.setAutomatic(false)
        try await finger.setPresent(true)
        try await finger.show(finger7.impression(1, width: 256, height: 256, ppi: 500))
        try await Task.sleep(for: .milliseconds(500))
        #expect(!scanner.output.contains("image"))
        try await finger.setPresent(false)
        #expect(try await scanner.end() == 0)
        #expect(scanner.output.contains("image 256 256"))
    }

    @Test func `retries, errors and unplugging arrive as libfprint's own`() async throws {
        let scanner = try scanner("capture", "9", folder.file("seen"), "10000")
        let finger = try await VirtualFinger(socketPath: socket)
        for (index, reason) in VirtualFinger.Retry.allCases.enumerated() {
            try await Task.sleep(for: .milliseconds(100))
            try await finger.retry(reason)
            #expect(try await scanner.says("retry \(index)\n"))
        }
        try await Task.sleep(for: .milliseconds(100))
        try await finger.fail(5)  // FP_DEVICE_ERROR_PROTO
        #expect(try await scanner.says("error 5\n"))
        try await Task.sleep(for: .milliseconds(100))
        try await finger.unplug()
        #expect(try await scanner.says("error 256\n"))  // FP_DEVICE_ERROR_REMOVED
    }

    @Test func `libfprint's matcher knows touches of one finger from those of others`() async throws {
        let scanner = try scanner("verify", "5")
        let enrolled = SyntheticFinger(seed: 11)
        func touch(_ finger: SyntheticFinger, _ number: UInt64) -> FingerImage {
            finger.impression(number, width: 388, height: 374, ppi: 500)
        }
        let finger = try await VirtualFinger(socketPath: socket)
        for number in 1...5 as ClosedRange<UInt64> {
            try await finger.show(touch(enrolled, number))
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(try await scanner.says("enrolled\n"))
        let touches = [
            touch(enrolled, 6), touch(enrolled, 7), touch(enrolled, 8),
            touch(SyntheticFinger(seed: 3), 1), touch(SyntheticFinger(seed: 14), 1),
        ]
        for (index, picture) in touches.enumerated() {
            try await Task.sleep(for: .milliseconds(100))
            try await finger.show(picture)
            for _ in 0..<500 where scanner.lines.count < index + 3 { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(try await scanner.end() == 0)
        #expect(scanner.lines.dropFirst(2) == ["1", "1", "1", "0", "0"])
    }

    @Test func `a scanner that never listens is an error that says what to do`() async throws {
        let error = await #expect(throws: FeedError.self) {
            _ = try await VirtualFinger(socketPath: socket, patience: .milliseconds(50))
        }
        #expect(error?.code == "scanner-absent")
        #expect(error?.nextStep.contains("FP_VIRTUAL_IMAGE=\(socket)") == true)
    }

    @Test func `a path that no socket can have is refused at once`() async {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        let error = await #expect(throws: FeedError.self) { _ = try await VirtualFinger(socketPath: path) }
        #expect(error?.code == "socket-path")
    }
}
