// Runs a program with a recorded scanner plugged in, and cleans up whatever happens.
import Glibc
import Platform

/// Why a program could not be run with a recorded scanner.
package struct EmulationError: ExplainedError, Equatable {
    package let code: String
    package let cause: String
    package let nextStep: String
}

/// Runs a command that finds the recorded scanner on USB, by way of `umockdev-run`.
///
/// SIGINT, SIGTERM and SIGHUP go on to the command, which decides when it ends, and never to umockdev-run, which a second
/// one would end: the scanner would be gone before the command has closed it. The recording and umockdev's mock of /sys and
/// /dev lie in one private folder that is removed in the end. The signal handlers stay installed: a program calls this once,
/// as its last act.
///
/// - Parameters:
///   - command: the program, looked up in PATH, and its arguments.
///   - recording: the scanner.
///   - launcher: the path of a program that calls `becomeEmulatedCommand` first thing.
/// - Returns: the command's exit status, or 128 + N when a stop signal N ended it that this process got too.
/// - Throws: `EmulationError` when umockdev or the command is missing, `FileError` or `SystemError` when /tmp cannot be used.
package func run(_ command: [String], with recording: Recording, launcher: String) throws -> Int32 {
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
    let signals = try StopSignalForwarding()
    let folder = try makePrivateFolder()
    defer { removeFolder(folder) }
    try recording.write(to: folder)

    // umockdev puts its testbed where TMPDIR says; the launcher gives the command its own TMPDIR back and becomes it.
    let inherited = environment()
    let launch = EmulatedCommand(
        processFile: "\(folder)/process", group: getpgrp(), temporaryFolder: inherited["TMPDIR"],
        words: [program] + command.dropFirst())
    signals.start(to: launch)
    let settings = inherited.merging(recording.environment) { $1 }.merging(["TMPDIR": folder]) { $1 }
    // Should this process be killed outright, umockdev-run is told to stop, or the command would run on without end.
    let leash = executable("setpriv").map { [$0, "--pdeathsig", "TERM"] } ?? []
    let words = leash + [runner] + recording.umockdevArguments(folder: folder)
    let process = try spawn(
        words + ["--", launcher] + launch.arguments, environment: settings.map { "\($0)=\($1)" })
    let status = waitForEnd(of: process, signals)
    // umockdev-run tells a command that a stop signal N ended as status N.
    return signals.came(status) ? 128 + status : status
}

/// Starts the program that the first word is the path of, with no signal blocked and in a process group of its own.
///
/// What is sent to this process's whole group, as by a Ctrl-C, passes umockdev-run by.
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
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, words[0], nil, &attributes, arguments, variables)
    guard status == 0 else { throw SystemError("posix_spawn", on: words[0], code: status) }
    return process
}

/// Waits for umockdev-run, which ends right after the command; its exit status, or 128 and the signal that ended it.
private func waitForEnd(of process: pid_t, _ signals: StopSignalForwarding) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    signals.end()
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
