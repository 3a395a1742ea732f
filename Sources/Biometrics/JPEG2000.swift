// JPEG 2000 (ISO/IEC 15444-1) of one grey picture, through OpenJPEG and in memory only.
import COpenJPEG
import Glibc
import Secrets

/// A JPEG 2000 picture in a JP2 file or as a bare codestream.
enum JPEG2000 {
    /// Compresses a picture into a JP2 file: 9/7 wavelet, one lossy layer.
    ///
    /// OpenJPEG copies the picture into memory of its own that belongs to its codec from then on; a process that captures lets
    /// malloc overwrite all that is freed (`shieldMemory` of Platform), since OpenJPEG has no place for another allocator.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - ratio: how many times smaller than one byte a pixel it becomes.
    /// - Returns: the file.
    /// - Throws: `BiometricError` when OpenJPEG has no memory or fails.
    static func encoded(_ image: FingerImage, ratio: Double) throws(BiometricError) -> SecretBytes {
        let (width, height) = (UInt32(image.width), UInt32(image.height))
        guard let plane = unsafe copenjpeg_grey_image(width, height) else { throw .jpeg2000("no memory") }
        defer { unsafe discard(plane) }
        unsafe image.pixels.withUnsafeBuffer { pixels in
            for index in pixels.indices { unsafe plane.pointee.comps[0].data[index] = Int32(pixels[index]) }
        }
        guard let codec = unsafe opj_create_compress(OPJ_CODEC_JP2) else { throw .jpeg2000("no memory") }
        defer { unsafe opj_destroy_codec(codec) }
        guard unsafe copenjpeg_set_up_encoder(codec, plane, Float(ratio)) != 0 else {
            throw .jpeg2000("the picture cannot be compressed")
        }
        // Headers do not shrink with the picture; a whole one of any ratio has less than this.
        return try unsafe SecretBytes(capacity: image.pixels.count + 4096) { (room) throws(BiometricError) -> Int in
            var memory = unsafe copenjpeg_memory(
                bytes: room.baseAddress, length: 0, capacity: UInt64(room.count), position: 0)
            return try unsafe withUnsafeMutablePointer(to: &memory) { (memory) throws(BiometricError) -> Int in
                guard let stream = unsafe copenjpeg_stream(memory, 0) else { throw .jpeg2000("no memory") }
                defer { unsafe opj_stream_destroy(stream) }
                guard unsafe opj_start_compress(codec, plane, stream) != 0, unsafe opj_encode(codec, stream) != 0,
                    unsafe opj_end_compress(codec, stream) != 0
                else { throw .jpeg2000("the picture cannot be compressed") }
                return unsafe Int(memory.pointee.length)
            }
        }
    }

    /// Decompresses a picture of one 8-bit grey plane.
    ///
    /// - Parameters:
    ///   - data: a JP2 file or a codestream.
    ///   - width: the width that it has to have.
    ///   - height: likewise; both are checked before OpenJPEG makes room for the pixels.
    /// - Returns: `width * height` grey values.
    /// - Throws: `BiometricError` for anything that is no such picture.
    static func decoded(_ data: SecretBytes, width: Int, height: Int) throws(BiometricError) -> SecretBytes {
        // A codestream begins with the markers SOC and SIZ, a JP2 file with a box.
        let isBare = data.count > 4 && (0..<4).allSatisfy { data[$0] == [0xff, 0x4f, 0xff, 0x51][$0] }
        guard let codec = unsafe opj_create_decompress(isBare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2) else {
            throw .jpeg2000("no memory")
        }
        defer { unsafe opj_destroy_codec(codec) }
        guard unsafe copenjpeg_set_up_decoder(codec) != 0 else { throw .jpeg2000("no memory") }
        return try unsafe data.withUnsafeBuffer { (bytes) throws(BiometricError) -> SecretBytes in
            // Only read, though C has no const there.
            var memory = unsafe copenjpeg_memory(
                bytes: UnsafeMutablePointer(mutating: bytes.baseAddress), length: UInt64(bytes.count),
                capacity: UInt64(bytes.count), position: 0)
            return try unsafe withUnsafeMutablePointer(to: &memory) { (memory) throws(BiometricError) -> SecretBytes in
                guard let stream = unsafe copenjpeg_stream(memory, 1) else { throw .jpeg2000("no memory") }
                defer { unsafe opj_stream_destroy(stream) }
                var image: UnsafeMutablePointer<opj_image_t>?
                defer { if let image = unsafe image { unsafe discard(image) } }
                guard unsafe opj_read_header(stream, codec, &image) != 0, let header = unsafe image?.pointee else {
                    throw .jpeg2000("its header cannot be read")
                }
                guard unsafe header.numcomps == 1, unsafe header.comps[0].prec == 8, unsafe header.comps[0].sgnd == 0
                else { throw .jpeg2000("it is not one grey plane of 8 bits") }
                let size = unsafe (
                    Int(header.x1) - Int(header.x0), Int(header.y1) - Int(header.y0), header.comps[0].dx,
                    header.comps[0].dy
                )
                guard size == (width, height, 1, 1) else {
                    throw .jpeg2000("it has \(size.0) x \(size.1) pixels, not \(width) x \(height)")
                }
                guard unsafe opj_decode(codec, stream, image) != 0, let plane = unsafe image?.pointee.comps[0],
                    unsafe plane.data != nil, unsafe (Int(plane.w), Int(plane.h)) == (width, height)
                else { throw .jpeg2000("its picture is damaged") }
                return unsafe SecretBytes(capacity: width * height) { room in
                    for index in room.indices {
                        unsafe room[index] = UInt8(clamping: unsafe plane.data[index])
                    }
                    return room.count
                }
            }
        }
    }

    /// Overwrites the pixels, as far as they have not become the codec's, and frees all.
    private static func discard(_ image: UnsafeMutablePointer<opj_image_t>) {
        for index in 0..<Int(unsafe image.pointee.numcomps) {
            let plane = unsafe image.pointee.comps[index]
            if let data = unsafe plane.data { unsafe explicit_bzero(data, Int(plane.w) * Int(plane.h) * 4) }
        }
        unsafe opj_image_destroy(image)
    }
}

extension BiometricError {
    fileprivate static func jpeg2000(_ cause: String) -> Self { Self("jpeg2000", "JPEG 2000: \(cause)") }
}
