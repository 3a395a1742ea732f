// The pages that secrets live in: locked, left out of core dumps and forked children, and wiped when they are given back.
import CLinux
import Glibc
import Synchronization

/// Whole pages for one secret, zeroed.
///
/// Mapping, locking and unmapping takes longer than most that is done with a small secret, so small ones lie in a region that stays
/// mapped. Larger ones, and those that find no room there, are mapped for themselves.
struct SecretPages: Sendable {
    /// Of the first byte; a number, because a pointer is not Sendable.
    let address: UInt
    private let length: Int

    /// Takes as many pages as `bytes` need; nil when there is no memory.
    init?(bytes: Int) {
        let count = max(1, (bytes + Self.size - 1) / Self.size)
        length = count * Self.size
        guard let address = Self.taken(count) ?? Self.mapped(length) else { return nil }
        self.address = address
        // Refused beyond RLIMIT_MEMLOCK; the wiping does not depend on it. Pages of the region stay locked from then on.
        _ = unsafe mlock(start, length)
    }

    /// Wipes the pages and gives them back.
    func release() {
        unsafe explicit_bzero(start, length)
        if let region = Self.region, (region..<(region + Self.regionLength)).contains(address) {
            let first = Int(address - region) / Self.size
            Self.free.withLock { $0 |= Self.run(length / Self.size) << first }
        } else {
            unsafe munmap(start, length)
        }
    }

    var start: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(bitPattern: address)! }

    private static let size = Int(sysconf(Int32(_SC_PAGESIZE)))
    /// One bit for each page of the region, the lowest for the first one; 256 KiB have room for all that a capture seals.
    private static let free = Mutex(UInt64.max)
    private static let regionLength = UInt(UInt64.bitWidth * size)
    /// A quarter of the region, so that no single secret takes it all.
    private static let most = UInt64.bitWidth / 4
    private static let region: UInt? = {
        let region = mapped(Int(regionLength))
        // Where the limit is too low for that, each page is locked when it is taken.
        if let region {
            unsafe _ = clinux_lock_when_used(UnsafeMutableRawPointer(bitPattern: region)!, Int(regionLength))
        }
        return region
    }()

    /// So many bits, the lowest ones.
    private static func run(_ count: Int) -> UInt64 { (1 << UInt64(count)) - 1 }

    /// The first pages of the region that are free and beside each other; nil when there are not so many.
    private static func taken(_ count: Int) -> UInt? {
        guard count <= most, let region else { return nil }
        let first = free.withLock { free -> Int? in
            // Left are the bits that have as many set ones above them as are wanted.
            let firsts = (1..<UInt64(count)).reduce(free) { $0 & (free >> $1) }
            guard firsts != 0 else { return nil }
            free &= ~(run(count) << firsts.trailingZeroBitCount)
            return firsts.trailingZeroBitCount
        }
        return first.map { region + UInt($0 * size) }
    }

    private static func mapped(_ length: Int) -> UInt? {
        let memory = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return nil }
        unsafe clinux_shield_pages(memory, length)
        return UInt(bitPattern: memory)
    }
}
