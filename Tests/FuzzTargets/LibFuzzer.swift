// Where libFuzzer comes in; `scripts/fuzz` links it, nothing else calls it.
import Glibc

/// Gives one input to the target that `PIDD_FUZZ` names.
@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.check(unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

private let target: FuzzTarget = {
    let name = unsafe getenv("PIDD_FUZZ").flatMap { unsafe String(validatingCString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        preconditionFailure("PIDD_FUZZ has to name a target: \(FuzzTarget.all.map(\.name))")
    }
    return target
}()
