// The finger of one person never becomes the picture of the next (spec/peers.md F25), even if its capture was given up.
import Biometrics
import Platform
@testable import Scanner
import Secrets
import Testing

extension WithVirtualScanner {
    @Suite(.serialized) struct OldFinger {
        @Test func `A finger that was on the glass when its capture was given up is asked to leave first`() async throws
        {
            try await withScanner { host, finger in
                try finger.automaticFinger(false)
                let first = EventLog()
                let given = Task { try await host.capture(timeout: .seconds(10), report: first.report) }
                try await eventually("it asks for a finger") { first.events == [.putFinger] }
                try finger.finger(true)
                try await eventually("the finger is seen") { first.events == [.putFinger, .fingerPresent] }
                given.cancel()
                _ = await given.result
                // The virtual driver does not look at the glass when it starts, as the drivers of sensors do, so it is told again.
                let second = EventLog()
                async let image = host.capture(timeout: .seconds(10), report: second.report)
                try await eventually("the next one has begun") { second.events.contains(.putFinger) }
                try finger.finger(true)
                try finger.send(TestPicture.finger())
                try await eventually("it says so") { second.events.contains(.retry(.remove)) }
                try finger.finger(false)
                try await eventually("it asks for a finger again") { second.events.count { $0 == .putFinger } == 2 }
                try finger.finger(true)
                let own = TestPicture.finger(seed: 1)
                try finger.send(own)
                let taken = try await image
                #expect(taken.pixels.withSpan { span in span.indices.map { span[$0] } } == own.pixels)
            }
        }

        @Test func `A capture that was given up without a finger costs the next one nothing`() async throws {
            try await withScanner { host, finger in
                await #expect(throws: ScannerError.timedOut) {
                    _ = try await host.capture(timeout: .milliseconds(100)) { _ in }
                }
                let log = EventLog()
                async let image = host.capture(timeout: .seconds(10), report: log.report)
                try await eventually("it asks for a finger") { log.events.contains(.putFinger) }
                try finger.send(TestPicture.finger())
                _ = try await image
                #expect(!log.events.contains(.retry(.remove)))
            }
        }
    }
}
