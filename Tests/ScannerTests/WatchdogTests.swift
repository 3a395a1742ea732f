// The watchdog, in processes of their own, since it ends them.
import Glibc
@testable import Scanner
import Testing

@Suite struct WatchdogTests {
    @Test func `A device thread that stands still ends the process with a reason, to be started again`() async {
        let ended = await #expect(processExitsWith: .exitCode(75), observing: [\.standardErrorContent]) {
            Watchdog.shared.setPatience(.milliseconds(300))
            GLibExecutor.shared.post { sleep(30) }
            let host = ScannerHost()
            _ = try? await host.capture(timeout: .seconds(10)) { _ in }
        }
        let errors = String(decoding: ended?.standardErrorContent ?? [], as: UTF8.self)
        #expect(errors.contains("does not answer"))
    }

    @Test func `It bites neither while the thread works nor while nothing is under way`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            Watchdog.shared.setPatience(.milliseconds(300))
            Watchdog.shared.begin()
            for _ in 0..<10 {
                GLibExecutor.shared.post { usleep(90_000) }
                usleep(100_000)
            }
            Watchdog.shared.end()
            GLibExecutor.shared.post { sleep(30) }
            sleep(1)
            exit(3)
        }
    }
}
