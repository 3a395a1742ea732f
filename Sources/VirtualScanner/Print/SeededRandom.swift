// Random numbers that are the same on every run and every machine, so that finger 7 stays finger 7.
import Glibc

/// The generator xoshiro256**, its state filled by SplitMix64 (both by Blackman and Vigna, public domain).
///
/// The standard library's `random(in:using:)` may change how it draws; this type maps bits to numbers itself.
struct SeededRandom {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Starts a stream of its own for each list of numbers, such as finger, impression and what is drawn.
    init(_ seeds: UInt64...) {
        var mixed: UInt64 = 0
        func splitMix() -> UInt64 {
            mixed &+= 0x9E37_79B9_7F4A_7C15
            var word = mixed
            word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
            return word ^ word >> 31
        }
        for seed in seeds { mixed = splitMix() ^ seed }
        state = (splitMix(), splitMix(), splitMix(), splitMix())
    }

    mutating func next() -> UInt64 {
        func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    /// A number evenly spread over `range`.
    mutating func uniform(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) * 0x1p-24
    }

    /// A whole number below `count`; the bias for small counts is beyond notice.
    mutating func index(below count: Int) -> Int { Int(next() >> 33) % count }

    /// A number of the bell curve with mean 0 and deviation 1 (Box and Muller's transform).
    mutating func normal() -> Float {
        let radius = sqrtf(-2 * logf(max(uniform(0...1), 0x1p-24)))
        return radius * cosf(uniform(0...(2 * .pi)))
    }
}
