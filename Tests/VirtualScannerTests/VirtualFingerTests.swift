// The feeder against libfprint's virtual image driver.
import Biometrics
import TestSupport
import Testing
import VirtualScanner

struct VirtualFingerTests {
    /// Long enough for a machine that compiles beside the tests.
    let patience = Duration.seconds(60)
    let folder: TemporaryFolder
    let socket: String

    init() throws {
        folder = try TemporaryFolder()
        socket = folder.file("v.sock")
    }

    /// libfprint with its virtual device, in a process of its own.
    private func scanner(_ arguments: String...) throws -> RunningProgram {
        try RunningProgram(
            [ScanProgram.path()] + arguments,
            environment: ["FP_VIRTUAL_IMAGE": socket, "FP_DRIVERS_WHITELIST": "virtual_image"])
    }

    @Test func `a picture arrives unchanged`() async throws {
        // Made first: a print takes long to grow on a busy machine, and the scanner gives up after a minute.
        let picture = finger7.impression(1, width: 388, height: 374, ppi: 500)
        let scanner = try scanner("capture", "1", folder.file("seen"), "60000")
        let finger = try await VirtualFinger(socketPath: socket, patience: patience)
        #expect(try await scanner.says("needed"))
        try await finger.show(picture)
        #expect(try await scanner.end() == 0)
        #expect(try contents(folder.file("seen-0.pgm")) == picture.pgm)
    }

    @Test func `with the automatic finger off the capture lasts until the finger is lifted`() async throws {
        let picture = finger7.impression(1, width: 256, height: 256, ppi: 500)
        let scanner = try scanner("capture", "1", folder.file("seen"), "60000")
        let finger = try await VirtualFinger(socketPath: socket, patience: patience)
        #expect(try await scanner.says("needed"))
        try await finger.setAutomatic(false)
        try await finger.setPresent(true)
        try await finger.show(picture)
        try await Task.sleep(for: .milliseconds(500))
        #expect(!scanner.output.contains("image 256"))
        try await finger.setPresent(false)
        #expect(try await scanner.end() == 0)
        #expect(scanner.output.contains("image 256 256"))
    }

    @Test func `retries, errors and unplugging arrive as libfprint's own`() async throws {
        let scanner = try scanner("capture", "6", folder.file("seen"), "60000")
        let finger = try await VirtualFinger(socketPath: socket, patience: patience)
        for (index, reason) in VirtualFinger.Retry.allCases.enumerated() {
            #expect(try await scanner.says("needed", times: index + 1))
            try await finger.retry(reason)
            #expect(try await scanner.says("retry \(index)"))
        }
        #expect(try await scanner.says("needed", times: 5))
        try await finger.fail(5)
        #expect(try await scanner.says("error 5"))  // FP_DEVICE_ERROR_PROTO
        #expect(try await scanner.says("needed", times: 6))
        try await finger.unplug()
        #expect(try await scanner.end() == 0)
        #expect(scanner.lines.last == "error 256")  // FP_DEVICE_ERROR_REMOVED
    }

    /// libfprint enrols with five touches.
    @Test func `libfprint's matcher knows touches of one finger from those of others`() async throws {
        let scanner = try scanner("verify", "5")
        let (enrolled, others) = (SyntheticFinger(seed: 11), [3, 14].map { SyntheticFinger(seed: $0) })
        let touches = (1...8).map { (enrolled, UInt64($0)) } + others.map { ($0, 1) }
        let finger = try await VirtualFinger(socketPath: socket, patience: patience)
        for (index, (owner, number)) in touches.enumerated() {
            #expect(try await scanner.says("needed", times: index + 1))
            try await finger.show(owner.impression(number, width: 388, height: 374, ppi: 500))
        }
        #expect(try await scanner.end() == 0)
        #expect(scanner.lines.filter { $0 != "needed" }.dropFirst() == ["enrolled", "1", "1", "1", "0", "0"])
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
