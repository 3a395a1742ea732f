// Runs a program with a recorded scanner plugged in, and cleans up whatever happens.
import Glibc
import Platform
import Synchronization

/// Why a program could not be run with a recorded scanner.
package struct EmulationError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String
}

/// Runs a command that finds the recorded scanner on USB, by way of `umockdev-run`.
///
/// SIGINT, SIGTERM and SIGHUP go on to the command, which decides when it ends. The recording and umockdev's mock of /sys
/// and /dev lie in one private folder that is removed in the end. The signal handlers stay installed: a program calls
/// this once, as its last act.
///
/// - Parameters:
///   - command: the program, looked up in PATH, and its arguments.
///   - recording: the scanner.
/// - Returns: the command's exit status as umockdev-run tells it: 128 + N when a stop signal N was passed on and ended the
///   command, plain N when another signal did.
/// - Throws: `EmulationError` when umockdev or the command is missing, `FileError` or `SystemError` when /tmp cannot be used.
package func run(_ command: [String], with recording: Recording) throws -> Int32 {
    guard let runner = executable("umockdev-run") else {
        throw EmulationError(
            code: "umockdev-missing", cause: "umockdev-run is not installed", nextStep: "run: apt-get install umockdev")
    }
    let name = command.first ?? ""
    guard let program = executable(name) else {
        throw EmulationError(
            code: "command-missing", cause: "'\(name)' is no program that can be run",
            nextStep: "check its path, or PATH")
    }
    forwardSignals()
    let folder = try makePrivateFolder()
    defer { removeFolder(folder) }
    try recording.write(to: folder)

    // umockdev puts its testbed where TMPDIR says; the shell gives the command its own TMPDIR back and becomes it.
    let inherited = environment()
    let ownTemporary =
        inherited["TMPDIR"].map { ["TMPDIR=$0; exec \"$@\"", $0] } ?? ["unset TMPDIR; exec \"$@\"", "sh"]
    let settings = inherited.merging(recording.environment) { $1 }.merging(["TMPDIR": folder]) { $1 }
    // Should this process be killed outright, umockdev-run is told to stop, or the command would run on without end.
    let leash = executable("setpriv").map { [$0, "--pdeathsig", "TERM"] } ?? []
    let words = leash + [runner] + recording.umockdevArguments(folder: folder)
    let process = try spawn(
        words + ["--", "/bin/sh", "-c"] + ownTemporary + [program] + command.dropFirst(),
        environment: settings.map { "\($0)=\($1)" })
    return waitForEnd(of: process)
}

/// The running umockdev-run, 0 when there is none; signal handlers read it.
private let runningProcess = Atomic<Int32>(0)
/// A signal that came before there was a process to give it to.
private let earlySignal = Atomic<Int32>(0)

/// Passes stop signals on to umockdev-run, which passes them to the command.
///
/// A Ctrl-C comes from the kernel and reaches the whole foreground group anyway, so that one is left to go its way.
private func forwardSignals() {
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_sigaction = { number, info, _ in
        let isFromTerminal = unsafe info?.pointee.si_code == 0x80  // SI_KERNEL
        let process = runningProcess.load(ordering: .sequentiallyConsistent)
        if process == 0 {
            earlySignal.store(number, ordering: .sequentiallyConsistent)
        } else if !isFromTerminal {
            kill(process, number)
        }
    }
    action.sa_flags = SA_SIGINFO | SA_RESTART
    for number in stopSignals { unsafe sigaction(number, &action, nil) }
    // Whoever started this process may have left them blocked: worker threads of Dispatch do.
    var mask = sigset_t()
    unsafe sigemptyset(&mask)
    for number in stopSignals { unsafe sigaddset(&mask, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &mask, nil)
}

private let stopSignals = [SIGINT, SIGTERM, SIGHUP]

/// Starts the program that the first word is the path of, with no signal blocked.
private func spawn(_ words: [String], environment: [String]) throws(SystemError) -> pid_t {
    let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    let variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
        for index in unsafe arguments.indices { unsafe free(arguments[index]) }
        for index in unsafe variables.indices { unsafe free(variables[index]) }
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    unsafe sigemptyset(&mask)
    unsafe posix_spawnattr_setsigmask(&attributes, &mask)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, words[0], nil, &attributes, arguments, variables)
    guard status == 0 else { throw SystemError("posix_spawn", on: words[0], code: status) }
    runningProcess.store(process, ordering: .sequentiallyConsistent)
    let early = earlySignal.load(ordering: .sequentiallyConsistent)
    if early != 0 { kill(process, early) }
    return process
}

/// Waits without reaping first, so that no signal is ever passed to a number that another process has by then.
private func waitForEnd(of process: pid_t) -> Int32 {
    var info = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    runningProcess.store(0, ordering: .sequentiallyConsistent)
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
}

/// The path of a program as execvp would find it; nil when there is none.
private func executable(_ name: String) -> String? {
    if name.contains("/") { return isExecutable(name) ? name : nil }
    let folders = (environment()["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    return folders.lazy.map { "\($0)/\(name)" }.first(where: isExecutable)
}

private func isExecutable(_ path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return unsafe access(path, X_OK) == 0
}

/// The environment of this process.
private func environment() -> [String: String] {
    var variables: [String: String] = [:]
    var index = 0
    while let text = unsafe environ[index] {
        let parts = unsafe String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        index += 1
    }
    return variables
}

/// A new folder that only its owner may enter; in /tmp, because umockdev's sockets in it need short paths.
private func makePrivateFolder() throws(SystemError) -> String {
    var template = Array("/tmp/pidd-simulate-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SystemError("mkdtemp", on: "/tmp") }
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Removes a folder with all it holds; links are removed, not followed.
private func removeFolder(_ path: String) {
    guard unsafe unlink(path) != 0, let folder = unsafe opendir(path) else { return }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
        names.append(
            unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            })
    }
    unsafe closedir(folder)
    for name in names where name != "." && name != ".." { removeFolder("\(path)/\(name)") }
    _ = unsafe rmdir(path)
}
