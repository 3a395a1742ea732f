// Pictures out of libfprint's memory, which is wiped behind them.
import Biometrics
import CFPrint
import Secrets

/// Copies the picture of an `FpImage` once, and overwrites all that libfprint holds of it.
///
/// What stays is what libfprint keeps where nobody reaches it: the coordinates in an `FpPrint`, and freed buffers of
/// its drivers and of its detector.
/// - Returns: nil when the picture is smaller than anything that may be searched for minutiae (rule 7).
@DeviceActor func takePicture(_ image: OpaquePointer, resolution: Resolution) -> FingerImage? {
    defer { unsafe cfprint_image_wipe(image) }
    let width = Int(unsafe fp_image_get_width(image))
    let height = Int(unsafe fp_image_get_height(image))
    var length = 0
    let data = unsafe fp_image_get_data(image, &length)
    guard min(width, height) >= Limits.smallestSide, length == width * height, let data = unsafe data else {
        return nil
    }
    let pixels = unsafe SecretBytes(capacity: length) { room in
        unsafe room.update(fromContentsOf: UnsafeBufferPointer(start: data, count: length))
    }
    return FingerImage(width: width, height: height, pixels: pixels, resolution: resolution)
}
