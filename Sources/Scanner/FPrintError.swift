// Errors of libfprint and GLib as Swift values.
import CFPrint

/// What an operation of libfprint ended with.
enum FPrintError: Error, Equatable, Sendable {
    /// The picture was no good; the operation may be started again.
    case retry(FingerEvent.Hint)
    case removed
    case tooHot
    case cancelled
    case busy
    /// Anything else, in the library's own words.
    case failed(String)

    /// Reads an error that stays its owner's.
    init(borrowing error: UnsafePointer<GError>) {
        let code = unsafe error.pointee.code
        // Domains are compared as numbers: libfprint registers its names with odd spelling.
        switch unsafe error.pointee.domain {
        case fp_device_retry_quark(): self = .retry(FingerEvent.Hint(code: code))
        case fp_device_error_quark() where code == Int32(FP_DEVICE_ERROR_REMOVED.rawValue): self = .removed
        case fp_device_error_quark() where code == Int32(FP_DEVICE_ERROR_TOO_HOT.rawValue): self = .tooHot
        case fp_device_error_quark() where code == Int32(FP_DEVICE_ERROR_BUSY.rawValue): self = .busy
        case g_io_error_quark() where code == Int32(G_IO_ERROR_CANCELLED.rawValue): self = .cancelled
        default: self = .failed(unsafe String(cString: error.pointee.message))
        }
    }

    /// Reads an error that a `_finish` function has handed over, and frees it.
    init(taking error: UnsafeMutablePointer<GError>?) {
        guard let error = unsafe error else {
            self = .failed("no reason given")
            return
        }
        unsafe self.init(borrowing: error)
        unsafe g_error_free(error)
    }

    /// What a person is told of it.
    var text: String {
        switch self {
        case .retry: "the picture was no good"
        case .removed: "the device was unplugged"
        case .tooHot: "the device is too hot"
        case .cancelled: "the device did not answer in time"
        case .busy: "the device is busy"
        case .failed(let message): message
        }
    }
}

/// Receives the one call that ends an asynchronous function of GLib.
///
/// `GAsyncReadyCallback`s get a retained box as their data and take it out exactly once: GLib always calls back, also
/// when the operation had been cancelled before it began.
@safe final class ReadyBox {
    @unsafe private let body: @DeviceActor (OpaquePointer?) -> Void

    init(_ body: @escaping @DeviceActor (_ result: OpaquePointer?) -> Void) { unsafe self.body = body }

    @unsafe func retained() -> UnsafeMutableRawPointer { unsafe Unmanaged.passRetained(self).toOpaque() }

    static let callback: GAsyncReadyCallback = { _, result, data in
        // Lent by GLib for this call and used within it, on the thread that made it.
        nonisolated(unsafe) let (result, data) = unsafe (result, data)
        DeviceActor.assumeIsolated {
            let box = unsafe Unmanaged<ReadyBox>.fromOpaque(data!).takeRetainedValue()
            unsafe box.body(result)
        }
    }
}
