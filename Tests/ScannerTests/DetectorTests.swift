// Minutiae of drawn pictures whose truth is known.
import Biometrics
@testable import Scanner
import Secrets
import Testing

extension WithVirtualScanner {
    @Suite(.serialized) struct Detection {
        /// The distance of two angles in degrees, 0...180.
        private func distance(_ angle: UInt8, _ degrees: Double) -> Double {
            let difference = (Double(angle) * 360 / 256 - degrees).truncatingRemainder(dividingBy: 360)
            return min(abs(difference), 360 - abs(difference))
        }

        /// The minutia at the middle of the picture, where the one dislocation is.
        private func middle(_ picture: TestPicture, _ layout: FPrintMinutiaDetector.Layout) async throws -> Minutia {
            let minutiae = try await FPrintMinutiaDetector(layout: layout).minutiae(in: picture.image)
            #expect(minutiae.count == 1)
            let found = minutiae[0]
            #expect(abs(Int(found.x) - 128) <= 3 && abs(Int(found.y) - 144) <= 3)
            return found
        }

        // The truth of these pictures: a wave that winds around (128, 144) has one line more on one side of it, to the
        // right along the ridges when it winds with them and to the left when against. ISO/IEC 19794-2 angles point into
        // that line. The phase at the point says its colour: light (0) makes a fork, dark (pi) an ending.
        @Test(
            arguments: [FPrintMinutiaDetector.Layout.verified, .publicOnly],
            [0.0, 45, 90, 135, 180, 225, 270, 315])
        func `The angle of a drawn minutia points along its line`(
            layout: FPrintMinutiaDetector.Layout, degrees: Double
        ) async throws {
            for turns in [1.0, -1] {
                let picture = TestPicture.ridges(degrees: degrees, dislocations: [(x: 128, y: 144, turns: turns)])
                let found = try await middle(picture, layout)
                #expect(distance(found.angle, turns > 0 ? degrees : degrees + 180) <= 12)
            }
        }

        @Test(arguments: [FPrintMinutiaDetector.Layout.verified, .publicOnly])
        func `A ridge that begins is an ending, a valley that begins is a bifurcation`(
            layout: FPrintMinutiaDetector.Layout
        ) async throws {
            // Horizontal ridges: the phase at y = 144 is 16 whole periods of 9, so a valley begins to the right,
            // and a wave that winds the other way has a ridge to the left.
            let fork = try await middle(.ridges(dislocations: [(x: 128, y: 144, turns: 1)]), layout)
            #expect(fork.kind == .bifurcation)
            let ending = try await middle(.ridges(dislocations: [(x: 128, y: 144, turns: -1)]), layout)
            #expect(ending.kind == .ending)
        }

        @Test func `Without the private layout the places are the same, and the quality is not reported`() async throws
        {
            let picture = TestPicture.finger()
            let verified = try await FPrintMinutiaDetector().minutiae(in: picture.image)
            let fallBack = try await FPrintMinutiaDetector(layout: .publicOnly).minutiae(in: picture.image)
            #expect(verified.count == 12 && fallBack.count == 12)
            for index in 0..<verified.count {
                #expect(verified[index].x == fallBack[index].x && verified[index].y == fallBack[index].y)
                #expect((1...100).contains(verified[index].quality) && fallBack[index].quality == 0)
            }
        }

        @Test func `Directions become ISO angles as the formula says`() {
            // (90 - 11.25 d) mod 360 degrees, computed here by hand for the eight main directions.
            let expected: [Int32: UInt8] = [0: 64, 4: 32, 8: 0, 12: 224, 16: 192, 20: 160, 24: 128, 28: 96, 31: 72]
            for (direction, angle) in expected { #expect(Minutia.angle(direction: direction) == angle) }
            #expect(Minutia.quality(reliability: 0) == 1)
            #expect(Minutia.quality(reliability: 0.25) == 25)
            #expect(Minutia.quality(reliability: 1) == 100)
        }

        @Test func `Of more than 255 minutiae the most reliable are kept`() async throws {
            // Noise gives far more than 255, all of them poor; below it is a clear dislocation.
            let clear = TestPicture.ridges(width: 800, height: 160, dislocations: [(x: 400, y: 90, turns: 1)])
            var random: UInt32 = 1
            let picture = TestPicture(width: 800, height: 760) { x, y in
                random = random &* 1_664_525 &+ 1_013_904_223
                return y < 600 ? Double(random >> 24) : Double(clear.pixels[(y - 600) * 800 + x])
            }
            let minutiae = try await FPrintMinutiaDetector().minutiae(in: picture.image)
            #expect(minutiae.count == 255)
            let kept = (0..<minutiae.count).map { minutiae[$0] }
            #expect(kept.contains { abs(Int($0.x) - 400) <= 3 && abs(Int($0.y) - 690) <= 3 && $0.quality > 80 })
        }

        @Test func `A picture too small for the detector is refused before it gets there`() async throws {
            for (width, height) in [(59, 200), (200, 10)] {
                let image = TestPicture.blank(width: width, height: height).image
                await #expect(throws: ScannerError.self) { _ = try await FPrintMinutiaDetector().minutiae(in: image) }
            }
        }

        @Test func `The self-check believes this libfprint, and nothing that differs from the truth`() async throws {
            #expect(await FPrintMinutiaDetector.selfCheck.value == .verified)
            let good = try await SelfCheckPicture.minutiae(.verified).get()[0]
            func fault(_ minutiae: Minutia...) -> String? {
                FPrintMinutiaDetector.fault(of: .success(Minutiae(copying: minutiae)))
            }
            func changed(_ change: (inout Minutia) -> Void) -> Minutia {
                var minutia = good
                change(&minutia)
                return minutia
            }
            #expect(fault(good) == nil)
            #expect(fault() == "0 instead of 1" && fault(good, good) == "2 instead of 1")
            #expect(fault(changed { $0.x += 10 }) == "its place" && fault(changed { $0.y -= 10 }) == "its place")
            #expect(
                fault(changed { $0.angle &+= 128 }) == "its angle" && fault(changed { $0.angle &-= 20 }) == "its angle")
            #expect(fault(changed { $0.kind = .bifurcation }) == "its type")
            #expect(fault(changed { $0.quality = 0 }) == "its quality")
            #expect(FPrintMinutiaDetector.fault(of: .failure(ScannerError.absent)) == "the detection failed")
        }

        @Test func `A blank picture is an error that says so`() async throws {
            let image = TestPicture.blank(width: 300, height: 400).image
            await #expect(throws: ScannerError.detection("No minutiae found")) {
                _ = try await FPrintMinutiaDetector().minutiae(in: image)
            }
        }
    }
}
