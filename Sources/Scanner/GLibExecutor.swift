// The thread that owns GLib's default main context, and the actor whose jobs run there.
import CFPrint
import Platform
import Synchronization

/// Runs jobs on the one thread ("glib") that iterates GLib's *default* main context.
///
/// It must be the default one: libfprint's enumeration and the hotplug sources of its USB layer attach to that context
/// or iterate it, whatever the thread-default is (spec/fingerprint.md, rule 1). The thread sleeps in poll(2) until a job,
/// a descriptor or a timer of GLib wakes it; it lives as long as the process, and its loop is GLib's own.
final class GLibExecutor: SerialExecutor {
    static let shared = GLibExecutor()

    private enum Work: Sendable {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }
    private struct Queue: Sendable {
        var work: [Work] = []
        /// A wake-up is on its way to the thread, so that one source serves any number of jobs.
        var woken = false
    }
    // Jobs wait here and a source only says that there is work: no closure travels as a raw pointer inside a source.
    private let queue = Mutex(Queue())

    private init() {
        startThread("glib", stackSize: Limits.stack) {
            let context = unsafe g_main_context_default()
            precondition(unsafe g_main_context_acquire(context) != 0, "another thread runs GLib's default context")
            let loop = unsafe g_main_loop_new(context, 0)
            unsafe g_main_loop_run(loop)
            unsafe g_main_loop_unref(loop)
            unsafe g_main_context_release(context)
        }
    }

    /// Runs `body` on the thread, later and outside of any actor job, in the order of the calls.
    func post(_ body: @escaping @Sendable () -> Void) { add(.call(body)) }

    func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    private func add(_ work: Work) {
        let wake = queue.withLock { queue in
            queue.work.append(work)
            defer { queue.woken = true }
            return !queue.woken
        }
        guard wake else { return }
        let source = unsafe g_idle_source_new()
        unsafe g_source_set_priority(source, G_PRIORITY_DEFAULT)
        unsafe g_source_set_callback(
            source,
            { _ in
                GLibExecutor.shared.drain()
                return 0  // G_SOURCE_REMOVE
            }, nil, nil)
        unsafe g_source_attach(source, g_main_context_default())
        unsafe g_source_unref(source)
    }

    private func drain() {
        let work = queue.withLock { queue in
            defer { queue = Queue() }
            return queue.work
        }
        for item in work {
            switch item {
            case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            case .call(let body): body()
            }
        }
    }

    /// The runtime asks this when a callback of GLib, which is no job, claims to be on the actor.
    func checkIsolated() {
        precondition(unsafe g_main_context_is_owner(g_main_context_default()) != 0, "not on the GLib thread")
    }
}

/// The actor of everything that touches libfprint; its jobs run on the GLib thread.
@globalActor package actor DeviceActor {
    package static let shared = DeviceActor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe GLibExecutor.shared.asUnownedSerialExecutor()
    }

    /// Runs `body` as isolated to this actor; for callbacks that GLib makes on its thread, traps elsewhere.
    nonisolated static func assumeIsolated<Value: Sendable>(_ body: @DeviceActor () -> Value) -> Value {
        GLibExecutor.shared.checkIsolated()
        // The two function types differ in their isolation only, which the line above has established.
        return withoutActuallyEscaping(body) { unsafe unsafeBitCast($0, to: (() -> Value).self)() }
    }
}
