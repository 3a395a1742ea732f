// The scanner's life: found, pulled, stopped, refused.
import Biometrics
import Glibc
import Platform
@testable import Scanner
import Synchronization
import TestSupport
import Testing

extension WithVirtualScanner {
    @Suite(.serialized) struct Life {
        @Test func `A scanner goes from absent through starting to ready and back`() async throws {
            _ = VirtualSocket.path
            let seen = StateLog()
            let host = ScannerHost(configuration: ScannerConfiguration(allowVirtual: true, onStateChange: seen.note))
            #expect(host.state == .absent)
            await #expect(throws: ScannerError.absent) { _ = try await host.capture(timeout: .seconds(1)) { _ in } }
            await host.start()
            guard case .starting(let info) = host.state else {
                Issue.record("\(host.state)")
                return
            }
            await #expect(throws: ScannerError.starting) { _ = try await host.capture(timeout: .seconds(1)) { _ in } }
            try await eventually("it becomes ready") { isReady(host.state) }
            await host.stop()
            #expect(seen.states == [.starting(info), .ready(info), .absent])
            #expect(info.id == "virtual_image" && info.driver == "virtual_image" && info.isVirtual)
            #expect(info.usb == nil && info.serial == nil && info.resolution == .standard)
            await #expect(throws: ScannerError.stopped) { _ = try await host.capture(timeout: .seconds(1)) { _ in } }
        }

        @Test func `Unplugging in mid-capture ends it with removed, and the scanner is absent`() async throws {
            for _ in 0..<5 {
                try await withScanner { host, finger in
                    let log = EventLog()
                    let capture = Task { try await host.capture(timeout: .seconds(10), report: log.report) }
                    try await eventually("it asks for a finger") { log.events == [.putFinger] }
                    try finger.unplug()
                    await #expect(throws: ScannerError.removed) { _ = try await capture.value }
                    #expect(host.state == .absent)
                    await #expect(throws: ScannerError.absent) {
                        _ = try await host.capture(timeout: .seconds(1)) { _ in }
                    }
                }
            }
        }

        @Test func `A scanner that is pulled as a capture begins ends it with removed`() async throws {
            try await withScanner { host, finger in
                // The virtual device reads its socket only while it is active, so it goes at the first moment it can.
                try finger.unplug()
                await #expect(throws: ScannerError.removed) {
                    _ = try await host.capture(timeout: .seconds(5)) { _ in }
                }
                #expect(host.state == .absent)
            }
        }

        @Test func `A scanner that cannot be opened yet is tried again`() async throws {
            // libfprint cannot listen in a folder that does not exist; that is an opening that fails.
            let folder = try TemporaryFolder()
            _ = unsafe setenv("FP_VIRTUAL_IMAGE", folder.file("late/finger.sock"), 1)
            defer { _ = unsafe setenv("FP_VIRTUAL_IMAGE", VirtualSocket.path, 1) }
            let host = ScannerHost(configuration: ScannerConfiguration(allowVirtual: true))
            await host.start()
            try await Task.sleep(for: .milliseconds(400))
            guard case .starting = host.state else {
                Issue.record("\(host.state)")
                return
            }
            try makeFolders(folder.file("late"), mode: 0o700)
            try await eventually("it becomes ready") { isReady(host.state) }
            await host.stop()
        }

        @Test func `A host that is stopped while it opens leaves the scanner to the next one`() async throws {
            _ = VirtualSocket.path
            for _ in 0..<5 {
                let host = ScannerHost(configuration: ScannerConfiguration(allowVirtual: true))
                await host.start()
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...120)))
                await host.stop()
                #expect(host.state == .absent)
            }
            try await withScanner { host, finger in
                async let image = host.capture(timeout: .seconds(10)) { _ in }
                try finger.send(TestPicture.finger())
                _ = try await image
            }
        }

        @Test func `Stopping in mid-capture ends it, within the two seconds that a service manager may expect`()
            async throws
        {
            try await withScanner { host, _ in
                let log = EventLog()
                let capture = Task { try await host.capture(timeout: .seconds(10), report: log.report) }
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                let began = ContinuousClock.now
                await host.stop()
                #expect(ContinuousClock.now - began < .seconds(2))
                await #expect(throws: ScannerError.stopped) { _ = try await capture.value }
            }
        }

        @Test func `A scanner made of software is refused unless it is allowed`() async {
            // In a process of its own: the environment of this one must keep its virtual device.
            await #expect(processExitsWith: .success) {
                _ = unsafe setenv("FP_VIRTUAL_IMAGE", "/nonexistent/finger.sock", 1)
                _ = unsafe setenv("FP_VIRTUAL_DEVICE", "/nonexistent/device.sock", 1)
                let host = ScannerHost()
                await host.start()
                #expect(host.state == .absent)
                #expect(unsafe getenv("FP_VIRTUAL_IMAGE") == nil && getenv("FP_VIRTUAL_DEVICE") == nil)
                await host.stop()
            }
        }
    }
}

/// The states that a host went through.
private final class StateLog: Sendable {
    private let log = Mutex<[ScannerState]>([])
    var states: [ScannerState] { log.withLock { $0 } }
    var note: @Sendable (ScannerState) -> Void { { [self] state in log.withLock { $0.append(state) } } }
}
