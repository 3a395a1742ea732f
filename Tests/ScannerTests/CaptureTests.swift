// Captures through the real libfprint and its virtual device.
import Biometrics
import Platform
@testable import Scanner
import Secrets
import Testing

extension WithVirtualScanner {
    @Suite(.serialized) struct Captures {
        private func bytes(_ image: FingerImage) -> [UInt8] {
            image.pixels.withSpan { span in span.indices.map { span[$0] } }
        }

        @Test func `A picture arrives byte for byte`() async throws {
            try await withScanner { host, finger in
                let picture = TestPicture.finger()
                async let image = host.capture(timeout: .seconds(10)) { _ in }
                try finger.send(picture)
                let taken = try await image
                #expect(taken.width == picture.width && taken.height == picture.height)
                #expect(bytes(taken) == picture.pixels)
                #expect(taken.resolution == Resolution(x: 500, y: 500))
            }
        }

        @Test func `The picture comes before the finger is lifted, and settling waits for the lifting`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                try finger.automaticFinger(false)
                async let image = host.capture(timeout: .seconds(10), report: log.report)
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                try finger.finger(true)
                try finger.send(TestPicture.finger())
                _ = try await image
                #expect(log.events == [.putFinger, .fingerPresent, .captured])
                #expect(isCapturing(host.state))
                async let settled = host.settle(within: .seconds(5))
                try finger.finger(false)
                #expect(await settled)
                #expect(log.events == [.putFinger, .fingerPresent, .captured, .lifted])
                #expect(isReady(host.state))
            }
        }

        @Test func `A finger that stays is not waited for longer than asked`() async throws {
            try await withScanner { host, finger in
                try finger.automaticFinger(false)
                async let image = host.capture(timeout: .seconds(10)) { _ in }
                try finger.finger(true)
                try finger.send(TestPicture.finger())
                _ = try await image
                #expect(await host.settle(within: .milliseconds(50)) == false)
                #expect(isReady(host.state))
            }
        }

        @Test func `A second capture first asks for the finger of the first to be lifted`() async throws {
            try await withScanner { host, finger in
                try finger.automaticFinger(false)
                let log = EventLog()
                async let first = host.capture(timeout: .seconds(10)) { _ in }
                try finger.finger(true)
                try finger.send(TestPicture.finger())
                _ = try await first
                async let second = host.capture(timeout: .seconds(10), report: log.report)
                try await eventually("it says so") { log.events == [.retry(.remove)] }
                try finger.finger(false)
                try await eventually("it asks for a finger") { log.events == [.retry(.remove), .putFinger] }
                try finger.finger(true)
                let picture = TestPicture.finger(seed: 1)
                try finger.send(picture)
                #expect(try await bytes(second) == picture.pixels)
            }
        }

        @Test func `Without a finger the capture ends at its deadline and the next one works`() async throws {
            try await withScanner { host, finger in
                await #expect(throws: ScannerError.timedOut) {
                    _ = try await host.capture(timeout: .milliseconds(200)) { _ in }
                }
                async let image = host.capture(timeout: .seconds(10)) { _ in }
                try finger.send(TestPicture.finger())
                _ = try await image
            }
        }

        @Test func `A retry is reported and the next picture of the same capture counts`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                async let image = host.capture(timeout: .seconds(10), report: log.report)
                let codes: [(Int32, FingerEvent.Hint)] = [(1, .tooShort), (2, .center), (3, .remove), (0, .general)]
                for (number, (code, _)) in codes.enumerated() {
                    try await eventually("it asks for a finger") {
                        log.events.count { $0 == .putFinger } == number + 1
                    }
                    try finger.retry(code)
                }
                try await eventually("it asks again") { log.events.count { $0 == .putFinger } == codes.count + 1 }
                let picture = TestPicture.finger()
                try finger.send(picture)
                #expect(try await bytes(image) == picture.pixels)
                #expect(log.events.filter { if case .retry = $0 { true } else { false } } == codes.map { .retry($0.1) })
            }
        }

        @Test func `A picture without minutiae is a retry, not a result`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                async let image = host.capture(timeout: .seconds(10), report: log.report)
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                try finger.send(TestPicture.blank(width: 256, height: 288))
                try await eventually("it asks again") { log.events.count { $0 == .putFinger } == 2 }
                #expect(log.events.contains(.retry(.general)))
                try finger.send(TestPicture.finger())
                _ = try await image
            }
        }

        @Test func `A picture below 60 pixels a side is refused and the next one counts`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                async let image = host.capture(timeout: .seconds(10), report: log.report)
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                try finger.send(TestPicture.finger(width: 256, height: 59 + 40).cropped(height: 59))
                try await eventually("it asks again") { log.events.count { $0 == .putFinger } == 2 }
                #expect(log.events.contains { if case .retry = $0 { true } else { false } })
                try finger.send(TestPicture.finger())
                #expect(try await image.height == 288)
            }
        }

        @Test func `A cancelled capture ends at once and frees the scanner`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                let capture = Task { try await host.capture(timeout: .seconds(10), report: log.report) }
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                capture.cancel()
                await #expect(throws: ScannerError.cancelled) { _ = try await capture.value }
                #expect(await host.settle(within: .seconds(2)))
                #expect(isReady(host.state))
            }
        }

        @Test func `Cancelling at any moment leaves a scanner that works`() async throws {
            try await withScanner { host, finger in
                for round in 0..<150 {
                    let capture = Task { try await host.capture(timeout: .seconds(10)) { _ in } }
                    if round % 3 == 0 { try finger.send(TestPicture.finger(width: 120, height: 120)) }
                    try await Task.sleep(for: .microseconds(Int.random(in: 0...8000)))
                    capture.cancel()
                    do {
                        _ = try await capture.value
                    } catch {
                        #expect(error as? ScannerError == .cancelled)
                    }
                    _ = await host.settle(within: .seconds(2))
                }
                let log = EventLog()
                async let image = host.capture(timeout: .seconds(10), report: log.report)
                try await eventually("it asks for a finger") { log.events.contains(.putFinger) }
                try finger.send(TestPicture.finger())
                _ = try await image
            }
        }

        @Test func `An error of the device ends the capture with its words, and the next one works`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                let failing = Task { try await host.capture(timeout: .seconds(10), report: log.report) }
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                try finger.error(5)
                do {
                    _ = try await failing.value
                    Issue.record("it succeeded")
                } catch {
                    #expect((error as? ScannerError)?.code == "scanner-error")
                }
                async let image = host.capture(timeout: .seconds(10)) { _ in }
                try finger.send(TestPicture.finger())
                _ = try await image
            }
        }

        @Test func `A scanner that is too hot says so and is cooling`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                let failing = Task { try await host.capture(timeout: .seconds(10), report: log.report) }
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                try finger.error(0x101)
                await #expect(throws: ScannerError.tooHot) { _ = try await failing.value }
                guard case .cooling = host.state else {
                    Issue.record("\(host.state)")
                    return
                }
                await #expect(throws: ScannerError.tooHot) { _ = try await host.capture(timeout: .seconds(1)) { _ in } }
            }
        }

        @Test func `Two captures at once are refused`() async throws {
            try await withScanner { host, finger in
                let log = EventLog()
                let first = Task { try await host.capture(timeout: .seconds(10), report: log.report) }
                try await eventually("it asks for a finger") { log.events == [.putFinger] }
                await #expect(throws: ScannerError.busy) { _ = try await host.capture(timeout: .seconds(1)) { _ in } }
                try finger.send(TestPicture.finger())
                _ = try await first.value
            }
        }
    }
}
