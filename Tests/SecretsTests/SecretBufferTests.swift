// Secret memory: what it lends, what it never shows, and that it is wiped.
import Glibc
import Platform
import Secrets
import TestSupport
import Testing

@Suite struct SecretBufferTests {
    @Test func `content comes back as it went in`() {
        let secret = SecretBytes(copying: [1, 2, 3])
        #expect(secret.count == 3)
        #expect(secret[2] == 3)
        let joined = SecretBytes.concatenating([secret, SecretBytes(copying: []), secret])
        #expect(joined.isEqual(to: SecretBytes(copying: [1, 2, 3, 1, 2, 3])))
        #expect(!secret.isEqual(to: .init(copying: [1, 2, 4])))
        let line = SecretBytes(copying: Array(" \tab c\r\n".utf8))
        #expect(line.trimmingWhitespace().isEqual(to: SecretBytes(copying: Array("ab c".utf8))))
    }

    @Test func `no way of printing shows the content`() {
        let secret = SecretBytes(copying: Array("MARKER-7781".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped] {
            #expect(!text.contains("MARKER"))
            #expect(!text.contains("77, 65"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    /// The pages are wiped on release, so a reader of /proc/self/mem must not find the marker any more.
    @Test func `the memory of a released secret is gone from the process`() throws {
        // Built at run time and kept in pieces, so that the marker itself is nowhere else in memory.
        let half = (0..<24).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
        func count() throws -> Int { try occurrences(of: half) }
        let before = try count()
        var secret: SecretBytes? = unsafe SecretBytes(capacity: 48) { room in
            for index in 0..<48 { unsafe room[index] = half[index % 24] ^ 0x5a }
            return 48
        }
        _ = secret?.count
        let held = try count()
        secret = nil
        #expect(held > before)
        #expect(try count() == before)
    }

    /// What the kernel knows of the pages: lo is locked, dd not dumped, wf wiped on fork.
    @Test(arguments: [40, 5000, 200_000]) func `pages are locked, and not dumped or inherited`(size: Int) throws {
        let probe = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        let mayLock = unsafe mlock(probe, size) == 0
        unsafe munmap(probe, size)
        let secret = SecretBytes(copying: [UInt8](repeating: 7, count: size))
        let place = unsafe secret.withUnsafeBuffer { UInt(bitPattern: $0.baseAddress) }
        let smaps = try String(decoding: readKernelFile("/proc/self/smaps", limit: 8 << 20), as: UTF8.self)
        var isHere = false
        var flags: Set<Substring> = []
        for line in smaps.split(separator: "\n") {
            let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if bounds.count == 2 { isHere = (bounds[0]..<bounds[1]).contains(place) }
            if isHere, line.hasPrefix("VmFlags:") { flags = Set(line.split(separator: " ")) }
        }
        #expect(flags.isSuperset(of: mayLock ? ["lo", "dd", "wf"] : ["dd", "wf"]))
    }

    /// More at once than the region of small secrets has pages, from several threads, of sizes that leave gaps.
    @Test func `secrets never share memory, and begin with zeros whatever was there before`() async {
        let faults = await withTaskGroup(of: Int.self) { group in
            for thread in 1...4 {
                group.addTask { Self.faults(amongSecretsOf: UInt8(thread)) }
            }
            return await group.reduce(0, +)
        }
        #expect(faults == 0)
    }

    /// How many secrets had not the content that they were given, or did not begin with zeros.
    private static func faults(amongSecretsOf mark: UInt8) -> Int {
        var held: [SecretBytes?] = Array(repeating: nil, count: 60)
        var faults = 0
        for step in 0..<150 {
            let place = step * 7 % held.count
            if let old = held[place], !(0..<old.count).allSatisfy({ old[$0] == mark }) { faults += 1 }
            held[place] = unsafe SecretBytes(capacity: 1 + step * 811 % 30_000) { room in
                if unsafe !room.allSatisfy({ $0 == 0 }) { faults += 1 }
                unsafe room.update(repeating: mark)
                return room.count
            }
        }
        return faults
    }

    /// How often the bytes, each xored with 0x5a and twice in a row, stand in this process's writable memory.
    private func occurrences(of half: [UInt8]) throws -> Int {
        let memory = unsafe open("/proc/self/mem", O_RDONLY)
        try #require(memory >= 0)
        defer { close(memory) }
        var found = 0
        let list = try Descriptor(unsafe open("/proc/self/maps", O_RDONLY), from: "open")
        var maps = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe maps.withUnsafeMutableBytes { unsafe readFully(list.raw, into: $0) }
        maps.removeLast(maps.count - count)
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
            guard fields[1].hasPrefix("rw"), !line.hasSuffix("]"), bounds[1] - bounds[0] <= 8 << 20 else { continue }
            var pages = [UInt8](repeating: 0, count: Int(bounds[1] - bounds[0]))
            let count = unsafe pread(memory, &pages, pages.count, off_t(bounds[0]))
            guard count > 48 else { continue }
            let first = half[0] ^ 0x5a
            for start in 0..<(count - 48) where pages[start] == first {
                if (0..<48).allSatisfy({ pages[start + $0] == half[$0 % 24] ^ 0x5a }) { found += 1 }
            }
        }
        return found
    }

    @Test func `a secret file that others may read is refused with the command that mends it`() throws {
        let folder = try TemporaryFolder()
        let open = try folder.write("key", Array("secret\n".utf8), mode: 0o644)
        #expect { try readSecretFile(open, limit: 100) } throws: { error in
            (error as? FileError)?.code == "secret-file-too-open" && "\(error)".contains("chmod 600")
                && !"\(error)".contains("secret\n")
        }
        let closed = try folder.write("closed", Array("secret\n".utf8))
        #expect(try readSecretFile(closed, limit: 100).trimmingWhitespace().count == 6)
        #expect(throws: FileError.self) { try readSecretFile(closed, limit: 3) }
        #expect(throws: FileError.self) { try readSecretFile(folder.file("none"), limit: 3) }
        #expect(throws: FileError.self) { try readSecretFile(folder.path, limit: 3) }
    }
}
