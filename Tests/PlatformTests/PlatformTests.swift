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
