// Threads with a name, and memory that nobody else may look at.
import CLinux
import Glibc

/// Starts a detached thread; `name` has at most 15 bytes and shows in `ps -L` and debuggers.
///
/// A process that is refused a thread cannot do its work: it says so and ends with status 71.
package func startThread(_ name: String, stackSize: Int? = nil, _ body: @escaping @Sendable () -> Void) {
    final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
    }
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    if let stackSize { unsafe pthread_attr_setstacksize(&attributes, stackSize) }
    var thread = pthread_t()
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
    let status = unsafe pthread_create(
        &thread, &attributes,
        { argument in
            let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
            unsafe clinux_set_thread_name(start.name)
            start.body()
            return nil
        }, start)
    guard status == 0 else {
        sayAtOnce("cannot start the thread \(name): \(SystemError("pthread_create", code: status))")
        _exit(71)  // EX_OSERR
    }
}

/// Makes the calling thread, and no other one, another user's for the rest of its life; root alone may.
///
/// - Throws: `SystemError` when the kernel refuses; the thread may have lost its groups then.
package func becomeInThisThread(user: UInt32, group: UInt32, groups: [UInt32]) throws(SystemError) {
    guard unsafe clinux_thread_become(user, group, groups, groups.count) == 0 else {
        throw SystemError("setresuid", on: "uid \(user)")
    }
    // A change of user undoes it.
    try shieldMemory()
}

/// Keeps the memory of this process to itself: no core files, no debuggers of the same user, and freed blocks overwritten.
///
/// The last is for what libraries hold, such as a scanner driver's transfer buffers; the project's own secrets live in
/// `SecretBuffer`. Call it before anything secret is read.
///
/// - Throws: `SystemError` when the kernel refuses, which it does not on any Linux this runs on.
package func shieldMemory() throws(SystemError) {
    guard clinux_forbid_dumps() == 0 else { throw SystemError("prctl") }
    guard clinux_wipe_freed_memory() == 0 else { throw SystemError("mallopt") }
}

/// Lets the calling thread sleep.
package func sleepMilliseconds(_ count: UInt32) { usleep(count * 1000) }
