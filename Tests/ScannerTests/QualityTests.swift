// The quality score of whole pictures, through the real detector: what is no finger, and what makes a finger worse.
import Biometrics
import Glibc
import Scanner
import Secrets
import Testing
import VirtualScanner

extension WithVirtualScanner {
    @Suite(.serialized) struct Quality {
        private static let size = (width: 320, height: 340)
        private static let finger = SyntheticFinger(seed: 5).impression(
            2, width: size.width, height: size.height, ppi: 500)

        /// The score; 0 for a picture that is refused because nothing is found in it.
        private func score(_ image: FingerImage) async throws -> Int {
            do {
                return try await FingerTemplate(
                    image: image, detector: FPrintMinutiaDetector(), position: .unknown, impression: .livePlain
                ).quality
            } catch let error as BiometricError where error.code == "no-ridges" {
                return 0
            } catch ScannerError.detection("No minutiae found") {
                return 0
            }
        }

        private func picture(_ pixel: (Int, Int) -> Double) -> FingerImage {
            TestPicture(width: Self.size.width, height: Self.size.height, pixel).image
        }

        private func grey(_ x: Int, _ y: Int) -> Double { Double(Self.finger.pixels[y * Self.size.width + x]) }

        /// Standard normal numbers, the same on every run.
        private struct Noise {
            private var state: UInt64 = 7

            private mutating func uniform() -> Double {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return (Double(state >> 11) + 1) / Double(1 << 53)
            }

            mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
        }

        /// A light line across the whole picture.
        private struct Crease {
            let x: Double
            let y: Double
            let angle: Double

            func lightness(x: Double, y: Double) -> Double {
                let distance = (x - self.x) * sin(angle) - (y - self.y) * cos(angle)
                return 110 * exp(-distance * distance / 9)
            }
        }

        @Test func `a clear print scores high`() async throws {
            #expect(try await score(Self.finger) >= 60)
        }

        @Test func `blank glass, noise, and a palm with its creases score below 20`() async throws {
            var noise = Noise()
            let blank = emptyGlass(width: Self.size.width, height: Self.size.height, ppi: 500)
            #expect(try await score(blank) == 0)
            for deviation in [8.0, 30, 80] {
                #expect(try await score(picture { _, _ in 128 + deviation * noise.next() }) < 20)
            }
            // Wide straight ridges of low contrast, crossed by a dozen creases.
            let creases = (0..<12).map { (index: Int) -> Crease in
                let (column, row): (Int, Int) = (index * 97 % 320, index * 61 % 340)
                return Crease(x: Double(column), y: Double(row), angle: 0.8 * Double(index))
            }
            let palm = picture { x, y in
                let phase: Double = 0.53 * Double(x) + 0.2 * Double(y)
                var grey: Double = 120 + 35 * sin(phase) + 8 * noise.next()
                for crease in creases { grey += crease.lightness(x: Double(x), y: Double(y)) }
                return grey
            }
            #expect(try await score(palm) < 20)
        }

        @Test func `the more noise, the lower the score`() async throws {
            var scores = [try await score(Self.finger)]
            for deviation in [20.0, 50, 90, 150] {
                var noise = Noise()
                scores.append(try await score(picture { x, y in grey(x, y) + deviation * noise.next() }))
            }
            expectFalling(scores)
        }

        @Test func `the more blur, the lower the score`() async throws {
            var scores = [try await score(Self.finger)]
            for radius in [2, 3, 4, 5] {
                // Two boxes in each direction are nearly a Gaussian.
                scores.append(try await score(boxed(boxed(Self.finger, radius), radius)))
            }
            expectFalling(scores)
        }

        @Test func `the less of the finger, the lower the score`() async throws {
            var scores = [try await score(Self.finger)]
            for share in [0.75, 0.55, 0.4, 0.3] {
                let (width, height) = (Int(320 * share), Int(340 * share))
                scores.append(try await score(middle(of: Self.finger, width, height)))
            }
            expectFalling(scores)
        }

        private func middle(of image: FingerImage, _ width: Int, _ height: Int) -> FingerImage {
            let (left, top) = ((image.width - width) / 2, (image.height - height) / 2)
            let pixels = (0..<width * height).map { index in
                image.pixels[(top + index / width) * image.width + left + index % width]
            }
            return FingerImage(
                width: width, height: height, pixels: SecretBytes(copying: pixels), resolution: image.resolution)
        }

        /// Each at most a little above the one before, and the last less than half of the first.
        private func expectFalling(_ scores: [Int]) {
            for (before, after) in zip(scores, scores.dropFirst()) { #expect(after <= before + 3, "\(scores)") }
            #expect((scores.last ?? 100) * 2 < scores[0], "\(scores)")
        }

        private func boxed(_ image: FingerImage, _ radius: Int) -> FingerImage {
            let (width, height) = (image.width, image.height)
            func pass(_ values: [Double], _ step: Int, _ length: Int, _ place: (Int) -> Int) -> [Double] {
                values.indices.map { index in
                    let at = place(index)
                    let reach = max(-at, -radius)...min(length - 1 - at, radius)
                    return reach.reduce(0) { $0 + values[index + $1 * step] } / Double(reach.count)
                }
            }
            let values = (0..<width * height).map { Double(image.pixels[$0]) }
            let across = pass(values, 1, width) { $0 % width }
            let both = pass(across, width, height) { $0 / width }
            return TestPicture(width: width, height: height) { both[$1 * width + $0] }.image
        }
    }
}
