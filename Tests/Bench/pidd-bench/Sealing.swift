// From a record to a sealed PID, beside the cryptography in it alone.
import Biometrics
import CBenchPeers
import Crypto
import PIDSeal
import Platform
import RDProtocol
import Scanner
import Secrets
import VirtualScanner

/// Prints `FMR/pidd` and `FMR/c` for a PID with minutiae, and likewise `FIR` for one with a picture.
func measureSealing(state: String, rounds: Int) async throws {
    let keys = try KeyStore(state: state, configuration: state).keys(
        scanner: "", environment: .production, at: wallClockSeconds())
    let folder = "\(state)/identity/any/P"
    guard let peer = unsafe cbench_keys_read("\(folder)/device.key", "\(folder)/uidai.cer") else {
        throw Unmeasured(reason: "the keys in \(folder) cannot be read")
    }
    let template = try await FingerTemplate(
        image: SyntheticFinger(seed: 7).impression(1, width: 388, height: 374, ppi: 500),
        detector: FPrintMinutiaDetector(), position: .unknown, impression: .livePlain,
        imageRate: BiometricLimits.usualImageRate)
    let seal = Seal(keys: keys)
    for record in records(of: template) {
        let options = PidOptions.fingerprint(type: record.kind == .minutiae ? .minutiae : .image)
        let sample = try seal.seal([record], for: options, at: wallClockSeconds())
        // Data is ts, the encrypted PID and the tag; what is signed is a hash, ts and dc.
        let time = PIDTimestamp(secondsSinceEpoch: wallClockSeconds()).text.utf8.count
        let plaintext = try decodeBase64(sample.data.utf8).count - time - AESGCM.tagLength
        let signed = 32 + time + keys.identity.dc.utf8.count
        for round in -5..<rounds {
            try shieldMemory()  // as pidd does when it starts
            let ours = Stopwatch()
            _ = try seal.seal([record], for: options, at: wallClockSeconds())
            ours.note("\(record.kind.rawValue)/pidd", round)
            cbench_keep_freed_memory()
            let theirs = Stopwatch()
            let length = unsafe record.bytes.withUnsafeBuffer {
                unsafe cbench_seal(peer, $0.baseAddress, $0.count, signed, plaintext)
            }
            theirs.note("\(record.kind.rawValue)/c", round)
            guard length > 0 else { throw Unmeasured(reason: "libcrypto failed") }
        }
    }
}
