// The end in time: with every thread of Swift's pool busy, and with a journal that nobody reads.
import Glibc
import LocalServer
import Platform
import TestSupport
import Testing

@testable import PiddCore

@Suite struct FarewellTests {
    @Test func `a daemon whose pool is busy ends in time and removes its socket`() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .exitCode(1)) { [path = folder.file("s") as String] in
            let listener = try UnixListener(path: path)
            let farewell = Farewell(journal: Journal())
            farewell.follow(listener)
            startThread("signals") { farewell.enforce() }
            // More tasks than the pool has threads, none of which gives way.
            for _ in 0..<256 { Task.detached { sleep(30) } }
            sleep(30)
            withExtendedLifetime(listener) {}
        }
        #expect(unsafe access(folder.file("s"), F_OK) != 0)
    }

    @Test func `lines that nobody reads are dropped and counted, and those that wait are written in order`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(unsafe pipe(&ends) == 0)
        let reader = try Descriptor(ends[0], from: "pipe")
        let writer = try Descriptor(ends[1], from: "pipe")
        _ = fcntl(writer.raw, F_SETFL, O_NONBLOCK)
        while unsafe write(writer.raw, "x", 1) == 1 {}
        _ = fcntl(writer.raw, F_SETFL, 0)
        let queue = LineQueue(to: writer.raw)
        for number in 1...300 { queue.add("line \(number)") }
        queue.flush(within: .milliseconds(10))
        var text = ""
        while !text.contains("dropped") || !text.hasSuffix("\n") {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(reader.raw, &bytes, bytes.count)
            try #require(count > 0)
            text += String(decoding: bytes[..<count], as: UTF8.self)
        }
        // The writer may have taken the first line before the others came.
        let kept = text.contains("line 257") ? 257 : 256
        let lines = text.drop { $0 == "x" }.split(separator: "\n").map(String.init)
        #expect(lines == (1...kept).map { "line \($0)" } + ["journal dropped=\(300 - kept)"])
        queue.add("news")
        queue.flush(within: .seconds(10))
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(reader.raw, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self) == "news\n")
    }
}
