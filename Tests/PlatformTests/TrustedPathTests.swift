// Whose hands a file is in, for every way by which somebody else could change it.
import Glibc
import Platform
import TestSupport
import Testing

@Suite struct TrustedPathTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try makeFolders(folder.file("a/b"), mode: 0o755)
        _ = try folder.write("a/b/file", [1], mode: 0o644)
    }

    private func code(_ path: String) -> String? {
        do throws(FileError) {
            try checkTrusted(path)
            return nil
        } catch { return error.code }
    }

    private func mode(_ name: String, _ mode: mode_t) { #expect(unsafe chmod(folder.file(name), mode) == 0) }

    @Test func `a file that only its owner may write is trusted, also below a sticky folder such as tmp`() {
        #expect(code(folder.file("a/b/file")) == nil)
        #expect(code(folder.file("a/../a/./b//file")) == nil)
        mode("a", 0o1777)
        #expect(code(folder.file("a/b/file")) == nil)
        #expect(code("/") == nil)
    }

    @Test(arguments: ["a", "a/b", "a/b/file"], [0o775, 0o757, 0o646] as [mode_t])
    func `a file that others may write, and one in a folder that they may, is not`(name: String, mode: mode_t) {
        self.mode(name, mode | 0o100)
        #expect(code(folder.file("a/b/file")) == "writable-by-others")
    }

    @Test func `a folder is not trusted to its end when others may add to it, sticky or not`() {
        mode("a/b", 0o1777)
        #expect(code(folder.file("a/b")) == "writable-by-others")
        #expect(code(folder.file("a/b/file/..")) == "writable-by-others")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"), arguments: ["a", "a/b", "a/b/file"])
    func `what belongs to somebody else is not trusted, nor what is below it`(name: String) {
        #expect(unsafe chown(folder.file(name), 12345, 0) == 0)
        #expect(code(folder.file("a/b/file")) == "owner-not-trusted")
    }

    @Test func `links are followed, and both their ends are looked at`() throws {
        #expect(unsafe symlink("b/file", folder.file("a/link")) == 0)
        #expect(unsafe symlink(folder.file("a/b"), folder.file("whole")) == 0)
        #expect(unsafe symlink("loop", folder.file("loop")) == 0)
        #expect(code(folder.file("a/link")) == nil)
        #expect(code(folder.file("whole/file")) == nil)
        #expect(code(folder.file("loop")) == "file-error")
        #expect(code(folder.file("whole/none")) == "file-missing")
        mode("a/b", 0o777)
        #expect(code(folder.file("a/link")) == "writable-by-others")
        #expect(code(folder.file("whole/file")) == "writable-by-others")
        mode("a/b", 0o755)
        // A link that somebody else made in a sticky folder leads wherever he wants.
        guard geteuid() == 0 else { return }
        mode("a", 0o1777)
        #expect(unsafe lchown(folder.file("a/link"), 12345, 0) == 0)
        #expect(code(folder.file("a/link")) == "owner-not-trusted")
    }
}
