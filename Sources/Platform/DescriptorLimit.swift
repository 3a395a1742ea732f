// How many files and sockets the process may have open.
import Glibc

/// The process may not open as many descriptors as it needs.
package struct TooFewDescriptors: ExplainedError, Equatable {
    /// What the process may have at most, and what it needs.
    package let allowed: Int
    package let needed: Int

    package var code: String { "descriptors-too-few" }
    package var cause: String { "only \(allowed) files may be open at once, and \(needed) are needed" }
    package var nextStep: String { "raise the limit (ulimit -n, or LimitNOFILE= of the unit)" }
}

/// Sees to it that the process may open `needed` descriptors: raises its own limit, up to the one that it was given.
///
/// Libraries end the process when they get none: libdispatch at the first sleep, GLib at its main loop. A server that bounds
/// its connections asks for them, and some for what it needs itself, before it begins.
///
/// - Throws: `TooFewDescriptors` when the limit that only root may raise is lower.
package func allowDescriptors(_ needed: Int) throws(TooFewDescriptors) {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    // A limit that cannot be read is none.
    guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(needed) else { return }
    let allowed = limit.rlim_max
    limit.rlim_cur = rlim_t(needed)
    guard allowed >= rlim_t(needed), unsafe setrlimit(resource, &limit) == 0 else {
        throw TooFewDescriptors(allowed: Int(clamping: allowed), needed: needed)
    }
}
