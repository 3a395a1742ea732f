// Minutiae through libfprint's NBIS detector, on any picture, at its true resolution.
package import Biometrics
import CFPrint
import Glibc
import Platform
import Secrets

/// Runs libfprint's detector on a picture that did not come from a scanner just now.
///
/// Direction, type and reliability lie in a private structure of libfprint, as does the resolution that the reliability
/// depends on. Each is used only after checks against the public functions (spec/fingerprint.md section 2).
/// All of it is tried once on a drawn picture before it is believed.
/// Where a check fails, x and y come from the public functions, angle and type from the picture itself
/// (`RidgeDirection`), and the quality is 0, "not reported"; of more than 255 the first are kept then.
package struct FPrintMinutiaDetector: MinutiaDetector {
    /// How much is believed of libfprint's private structures.
    enum Layout: Sendable {
        /// They are used when they pass their checks.
        case verified
        /// They are not used.
        case publicOnly
    }

    /// Nil for what the self-check says.
    private let layout: Layout?

    package init() { layout = nil }

    /// For tests of what happens when a check fails.
    init(layout: Layout) { self.layout = layout }

    /// Finds at most 255 minutiae, none left out for its quality; of more the most reliable.
    ///
    /// - Parameter image: at least 60 x 60 pixels.
    /// - Returns: in the detector's order; the most reliable first when some were left out.
    /// - Throws: `ScannerError.detection`, also when there are none.
    package func minutiae(in image: FingerImage) async throws -> Minutiae {
        if let layout { return try await Self.detect(image, layout) }
        return try await Self.detect(image, Self.selfCheck.value)
    }

    /// What the private structures of this libfprint are worth, found out once; `ScannerHost.start` begins it.
    ///
    /// A drawn ridge ending whose place, angle and kind are known must come out, with a quality; where it does not, the journal is
    /// told and the public functions have to do.
    static let selfCheck = Task { () -> Layout in
        let minutiae = await SelfCheckPicture.minutiae(.verified)
        guard let fault = FPrintMinutiaDetector.fault(of: minutiae) else { return .verified }
        say("pidd: warning: libfprint's minutiae are not as expected: \(fault); angles are estimated, without quality")
        return .publicOnly
    }

    /// What is wrong with the minutiae of the self-check's picture; nil when nothing is.
    static func fault(of minutiae: Result<Minutiae, any Error>) -> String? {
        guard let minutiae = try? minutiae.get() else { return "the detection failed" }
        guard minutiae.count == 1 else { return "\(minutiae.count) instead of 1" }
        let (found, truth) = (minutiae[0], SelfCheckPicture.truth)
        guard abs(Int(found.x) - Int(truth.x)) <= 3, abs(Int(found.y) - Int(truth.y)) <= 3 else { return "its place" }
        guard Int8(bitPattern: found.angle &- truth.angle).magnitude <= 9 else { return "its angle" }
        guard found.kind == truth.kind else { return "its type" }
        guard found.quality >= 50 else { return "its quality" }
        return nil
    }

    @DeviceActor fileprivate static func detect(_ image: FingerImage, _ layout: Layout) async throws(ScannerError)
        -> Minutiae
    {
        guard min(image.width, image.height) >= Limits.smallestSide,
            max(image.width, image.height) <= Limits.largestSide
        else { throw .detection("\(image.width) x \(image.height) pixels are too small or too large") }
        guard let picture = unsafe fp_image_new(gint(image.width), gint(image.height)) else {
            throw .detection("no memory")
        }
        defer {
            unsafe cfprint_image_wipe(picture)
            unsafe g_object_unref(UnsafeMutableRawPointer(picture))
        }
        var length = 0
        guard let data = unsafe fp_image_get_data(picture, &length), length == image.pixels.count else {
            throw .detection("the library made a picture of \(length) bytes")
        }
        unsafe image.pixels.withUnsafeBuffer { pixels in
            // Lent as const, but the new picture's own memory: filling it this way is how libfprint's tests do it.
            unsafe UnsafeMutablePointer(mutating: data).update(from: pixels.baseAddress!, count: pixels.count)
        }
        let verified = unsafe layout == .verified && cfprint_image_layout_holds(picture) != 0
        if verified { unsafe cfprint_image_set_ppmm(picture, image.resolution.x / 25.4) }
        if let error = unsafe await search(picture) { throw .detection(error.text) }
        if verified, unsafe cfprint_image_layout_holds(picture) != 0, let minutiae = unsafe readPrivate(picture) {
            return minutiae
        }
        return unsafe readPublic(picture, image)
    }

    /// The search itself runs on a thread of GLib's; the data pointer of the picture is not the same afterwards.
    @DeviceActor private static func search(_ picture: OpaquePointer) async -> FPrintError? {
        await withCheckedContinuation { continuation in
            let box = unsafe ReadyBox { result in
                var error: UnsafeMutablePointer<GError>?
                let succeeded = unsafe fp_image_detect_minutiae_finish(picture, result, &error) != 0
                continuation.resume(returning: succeeded ? nil : unsafe FPrintError(taking: error))
            }
            unsafe fp_image_detect_minutiae(picture, nil, ReadyBox.callback, box.retained())
        }
    }

    /// nil when any of them fails its check.
    @DeviceActor private static func readPrivate(_ picture: OpaquePointer) -> Minutiae? {
        guard let found = unsafe fp_image_get_minutiae(picture) else { return nil }
        let indices = 0..<Int(unsafe found.pointee.len)
        var reliabilities: [Double] = []
        for index in indices {
            guard let minutia = unsafe Minutia.read(found.pointee.pdata[index]) else { return nil }
            reliabilities.append(minutia.reliability)
        }
        let kept =
            indices.count <= Limits.minutiae
            ? Array(indices)
            : Array(indices.sorted { reliabilities[$0] > reliabilities[$1] }.prefix(Limits.minutiae))
        return unsafe Minutiae(capacity: kept.count) { room in
            var filled = 0
            for index in kept {
                guard let read = unsafe Minutia.read(found.pointee.pdata[index]) else { continue }
                unsafe room.initializeElement(at: filled, to: read.minutia)
                filled += 1
            }
            return filled
        }
    }

    @DeviceActor private static func readPublic(_ picture: OpaquePointer, _ image: FingerImage) -> Minutiae {
        guard let found = unsafe fp_image_get_minutiae(picture) else { return Minutiae(copying: []) }
        var length = 0
        let binarized = unsafe fp_image_get_binarized(picture, &length)
        let ridges = unsafe UnsafeBufferPointer(start: binarized, count: length)
        let directions = unsafe RidgeDirection(image: image, binarized: ridges)
        return unsafe Minutiae(capacity: min(Int(found.pointee.len), Limits.minutiae)) { room in
            for index in room.indices {
                var (x, y): (gint, gint) = (0, 0)
                unsafe fp_minutia_get_coords(OpaquePointer(found.pointee.pdata[index]), &x, &y)
                let (angle, kind) = directions.estimate(x: Int(x), y: Int(y))
                unsafe room.initializeElement(
                    at: index,
                    to: Minutia(x: UInt16(clamping: x), y: UInt16(clamping: y), angle: angle, kind: kind, quality: 0))
            }
            return room.count
        }
    }
}

/// The picture that the self-check draws: horizontal ridges, one of which begins in the middle.
enum SelfCheckPicture {
    /// Dark, so an ending; it goes to the left, 180 degrees.
    static let truth = Minutia(x: 128, y: 144, angle: 128, kind: .ending, quality: 100)

    static func minutiae(_ layout: FPrintMinutiaDetector.Layout) async -> Result<Minutiae, any Error> {
        do {
            return .success(try await FPrintMinutiaDetector.detect(image, layout))
        } catch {
            return .failure(error)
        }
    }

    /// The phase of a wave that winds once around a point is the textbook model of a minutia.
    private static var image: FingerImage {
        let (width, height, period) = (256, 288, 9.0)
        let pixels = unsafe SecretBytes(capacity: width * height) { room in
            for index in room.indices {
                let (x, y) = (Double(index % width), Double(index / width))
                let phase = 2 * .pi * y / period - atan2(y - Double(truth.y), x - Double(truth.x))
                unsafe room[index] = UInt8(128 + 110 * cos(phase))
            }
            return width * height
        }
        return FingerImage(width: width, height: height, pixels: pixels, resolution: .standard)
    }
}

extension Minutia {
    /// Reads a minutia of libfprint's; nil when its layout is not as known.
    fileprivate static func read(_ pointer: gpointer?) -> (minutia: Minutia, reliability: Double)? {
        var fields = unsafe cfprint_minutia()
        defer { unsafe explicit_bzero(&fields, MemoryLayout<cfprint_minutia>.size) }
        guard unsafe cfprint_minutia_read(pointer, &fields) != 0 else { return nil }
        let minutia = unsafe Minutia(
            x: UInt16(clamping: fields.x), y: UInt16(clamping: fields.y), angle: angle(direction: fields.direction),
            kind: fields.type == 1 ? .ending : .bifurcation, quality: quality(reliability: fields.reliability))
        return unsafe (minutia, fields.reliability)
    }

    /// The angle of ISO/IEC 19794-2 for one of the 32 directions of libfprint, which go clockwise from straight up.
    ///
    /// (90 - 11.25 d) mod 360 degrees, in units of 360/256: the step of 11.25 degrees is 8 units.
    static func angle(direction: Int32) -> UInt8 { UInt8(truncatingIfNeeded: 64 - 8 * direction) }

    /// 0...1 becomes 1...100; 0 would mean that no quality is reported.
    static func quality(reliability: Double) -> UInt8 { UInt8(max(1, min(100, (reliability * 100).rounded()))) }
}
