// Files and civil time, against the system's own tools.
import FoundationEssentials
import Glibc
import Platform
import TestSupport
import Testing

@Suite struct PlatformTests {
    @Test func `a written file has its mode and content, and nothing else is left in the folder`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", Array("one".utf8), mode: 0o644)
        _ = try folder.write("a", Array("two".utf8), mode: 0o600)
        #expect(try readFile(path, limit: 10) == Array("two".utf8))
        var status = stat()
        #expect(unsafe stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }

    @Test func `writing replaces a file or a link, and never a pipe or a folder`() throws {
        let folder = try TemporaryFolder()
        let target = try folder.write("target", Array("kept".utf8))
        #expect(unsafe symlink(target, folder.file("link")) == 0)
        _ = try folder.write("link", Array("new".utf8))
        #expect(try readFile(target, limit: 10) == Array("kept".utf8))
        #expect(unsafe mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(throws: FileError.self) { try folder.write("pipe", []) }
        var status = stat()
        #expect(unsafe lstat(folder.file("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(throws: FileError.self) { try folder.write("", []) }
    }

    @Test func `reading refuses what is missing, too large or no file`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", Array("12345".utf8))
        #expect(throws: FileError.self) { try readFile(path, limit: 4) }
        #expect(throws: FileError.self) { try readFile(folder.file("b"), limit: 4) }
        #expect(throws: FileError.self) { try readFile(folder.path, limit: 4) }
        #expect(unsafe mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(throws: FileError.self) { try readFile(folder.file("pipe"), limit: 4) }
    }

    /// As somebody who is not root, whom the kernel keeps from opening what he may not write.
    @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
    func `a file that its owner may not write is wiped all the same`() async throws {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = try folder.write("key", Array("PRIVATE KEY".utf8), mode: 0o400)
            try #require(unsafe link(path, folder.file("kept")) == 0)
            for place in [folder.path, path] { try #require(unsafe chown(place, 65534, 65534) == 0) }
            try #require(setgid(65534) == 0 && setuid(65534) == 0)
            try wipeFile(path)
            #expect(unsafe access(path, F_OK) != 0)
            #expect(try readFile(folder.file("kept"), limit: 100) == Array(repeating: 0, count: 11))
        }
    }

    @Test func `of a link only the name is wiped, and a folder not at all`() throws {
        let folder = try TemporaryFolder()
        let target = try folder.write("target", Array("kept".utf8))
        try #require(unsafe symlink(target, folder.file("link")) == 0)
        try wipeFile(folder.file("link"))
        #expect(unsafe access(folder.file("link"), F_OK) != 0)
        #expect(try readFile(target, limit: 10) == Array("kept".utf8))
        #expect(throws: FileError.self) { try wipeFile(folder.path) }
        try wipeFile(folder.file("none"))
    }

    /// Where names can be made but not changed or removed, what was written stays to be looked at.
    @Test(.enabled(if: geteuid() == 0, "only root can make such a folder"))
    func `what was written of a file that could not be put in place is overwritten`() throws {
        let folder = try TemporaryFolder()
        // Not every file system has such folders.
        guard try runTool("/usr/bin/chattr", ["+a", folder.path]).status == 0 else { return }
        defer { _ = try? runTool("/usr/bin/chattr", ["-a", folder.path]) }
        #expect(throws: FileError.self) { try folder.write("key", Array("PRIVATE KEY".utf8)) }
        let left = try #require(folderNames(folder.path).first)
        #expect(try readFile(folder.file(left), limit: 100) == Array(repeating: 0, count: 11))
    }

    /// Expected values: `TZ=Asia/Kolkata date -d @N +%FT%T` and `date -u`.
    @Test(arguments: [
        (1_705_294_230, "2024-01-15T10:20:30"), (0, "1970-01-01T05:30:00"), (1_709_231_399, "2024-02-29T23:59:59"),
        (4_102_444_800, "2100-01-01T05:30:00"),
    ]) func `civil time in India`(seconds: Int64, text: String) {
        #expect(CivilTime(secondsSinceEpoch: seconds, offset: CivilTime.indiaOffset).iso == text)
    }

    @Test func `the compact date is that of UTC`() {
        #expect(CivilTime(secondsSinceEpoch: 1_709_251_199).compactDate == "20240229")
    }

    @Test func `a process that is refused a thread says so and ends with status 71`() async {
        let result = await #expect(processExitsWith: .exitCode(71), observing: [\.standardErrorContent]) {
            startThread("giant", stackSize: 1 << 50) {}
        }
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(errors.contains("cannot start the thread giant"))
    }
}
