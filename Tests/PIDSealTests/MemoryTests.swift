// After a PID is sealed, nothing of what was captured is left in the memory of this process.
import Biometrics
import Crypto
import Glibc
@testable import PIDSeal
import RDProtocol
import Secrets
import Testing

/// A secret text that this test can look for without keeping it: the bytes are masked, only the first is known.
private struct Trace {
    private let masked: [UInt8]
    let first: UInt8
    var count: Int { masked.count }

    init(of bytes: UnsafeBufferPointer<UInt8>) {
        unsafe masked = bytes.map { $0 ^ 0x55 }
        unsafe first = bytes[0]
    }

    func isAt(_ place: UnsafePointer<UInt8>) -> Bool {
        for index in masked.indices where unsafe place[index] ^ 0x55 != masked[index] { return false }
        return true
    }

    /// How often the bytes stand in the writable memory of this process.
    func occurrences() throws -> Int {
        let memory = unsafe open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        try #require(memory >= 0)
        defer { close(memory) }
        let window = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 20)
        defer {
            unsafe window.update(repeating: 0, count: 1 << 20)
            unsafe window.deallocate()
        }
        var found = 0
        for region in try writableRegions() {
            var start = region.lowerBound
            while start < region.upperBound {
                let length = Swift.min(1 << 20, Int(region.upperBound - start))
                let count = unsafe pread(memory, window, length, off_t(start))
                guard count > self.count else { break }
                found += unsafe occurrences(in: window, count)
                // The next window begins a little earlier, so that no trace falls between two; it is never counted twice.
                start += UInt64(
                    count == length && start + UInt64(count) < region.upperBound ? count - self.count + 1 : count)
            }
        }
        return found
    }

    private func occurrences(in window: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var found = 0
        var place = 0
        while place <= count - self.count {
            guard let hit = unsafe memchr(window + place, Int32(first), count - self.count + 1 - place) else { break }
            place = unsafe UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) - window
            if unsafe isAt(window + place) { found += 1 }
            place += 1
        }
        return found
    }

    private func writableRegions() throws -> [Range<UInt64>] {
        let maps = try String(contentsOfFile: "/proc/self/maps")
        return maps.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            return words[1].hasPrefix("rw") && ends.count == 2 ? ends[0]..<ends[1] : nil
        }
    }
}

extension String {
    /// A file of /proc, which has no size.
    fileprivate init(contentsOfFile path: String) throws {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        try #require(file >= 0)
        defer { close(file) }
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        var count = unsafe read(file, &block, block.count)
        while count > 0 {
            content += block.prefix(count)
            count = unsafe read(file, &block, block.count)
        }
        self.init(decoding: content, as: UTF8.self)
    }
}

@Suite struct MemoryTests {
    @Test func `nothing of a captured record is left in memory when its PID is sealed and dropped`() throws {
        let keys = try Provisioned().keys()
        var traces: [Trace] = []
        try capture(keys, &traces)
        for trace in traces { #expect(try trace.occurrences() == 0) }
    }

    /// Seals random bytes; while they and the block are alive the search must find them, or it would prove nothing.
    @inline(never)
    private func capture(_ keys: DeviceKeys, _ traces: inout [Trace]) throws {
        let record = try randomSecret(count: 6000)
        var options = PidOptions.fingerprint()
        let timestamp = PIDTimestamp(secondsSinceEpoch: vectorTime)
        // A Demo block stands for personal data: it goes through libxml2 on its way in and out.
        options.demo = base64(try randomSecret(count: 3000))
        let biometric = BiometricRecord(kind: .minutiae, position: .unknown, bytes: record)
        let block = try PIDBlock([biometric], options: options, timestamp: timestamp, keys: keys)
        let text = base64(record)
        for secret in [record, text, try #require(options.demo)] {
            unsafe secret.withUnsafeBuffer { bytes in
                // In several places, since what is freed without wiping is partly overwritten soon.
                for part in 0..<8 {
                    let start = part * (bytes.count - 32) / 7
                    unsafe traces.append(Trace(of: UnsafeBufferPointer(rebasing: bytes[start..<(start + 32)])))
                }
            }
        }
        // The record once; its base64 and Demo twice, in the block too.
        #expect(try traces[1].occurrences() == 1)
        #expect(try traces[9].occurrences() == 2)
        #expect(try traces[17].occurrences() == 2)
        _ = try Seal(keys: keys).seal([biometric], for: options, at: vectorTime)
        withExtendedLifetime((record, text, block, options)) {}
    }
}
