// Dates and times of day as people write them, and the wall clock.
import Glibc

/// A date and time of day, without a zone.
package struct CivilTime: Equatable, Sendable {
    package let year, month, day, hour, minute, second: Int

    /// The civil time of a moment at a distance from UTC.
    ///
    /// - Parameters:
    ///   - seconds: since the Unix epoch.
    ///   - offset: seconds east of UTC; India is 19800 all year.
    package init(secondsSinceEpoch seconds: Int64, offset: Int = 0) {
        var moment = time_t(seconds + Int64(offset))
        var parts = unsafe tm()
        unsafe gmtime_r(&moment, &parts)
        year = unsafe Int(parts.tm_year) + 1900
        month = unsafe Int(parts.tm_mon) + 1
        day = unsafe Int(parts.tm_mday)
        hour = unsafe Int(parts.tm_hour)
        minute = unsafe Int(parts.tm_min)
        second = unsafe Int(parts.tm_sec)
    }

    /// Seconds east of UTC in India, which has no summer time.
    package static let indiaOffset = 19_800

    /// `YYYYMMDD`.
    package var compactDate: String { Self.padded(year, 4) + Self.padded(month) + Self.padded(day) }

    /// `YYYY-MM-DDThh:mm:ss`, 19 ASCII characters.
    package var iso: String {
        "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))"
            + "T\(Self.padded(hour)):\(Self.padded(minute)):\(Self.padded(second))"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}

/// Seconds since the Unix epoch by the wall clock.
package func wallClockSeconds() -> Int64 { wallClockMilliseconds() / 1000 }

/// Milliseconds since the Unix epoch by the wall clock.
package func wallClockMilliseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}
