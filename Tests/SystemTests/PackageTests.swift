// What goes onto a machine: the units by systemd's own judgement, the files, and the check of settings.
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite struct PackageTests {
    @Test func `systemd finds little to attack in the service`() throws {
        let unit = "\(projectFolder)/systemd/pidd.service"
        let judged = try runTool("/usr/bin/systemd-analyze", ["security", "--offline=true", "--threshold=12", unit])
        #expect(judged.status == 0, "\(judged.text)")
        let line = judged.output.split(separator: "\n").last { $0.contains("Overall exposure level") }
        let score = try #require(line?.split(separator: " ").compactMap { Double($0) }.first, "\(judged.text)")
        #expect(score <= 1.2)
        // All would lower the score and break the daemon: it could not hear udev, tell its clients apart, or name them.
        let text = String(decoding: try Data(contentsOf: URL(filePath: unit)), as: UTF8.self)
        #expect(!text.contains("PrivateNetwork=yes"))
        #expect(!text.contains("PrivateUsers=yes"))
        #expect(text.contains("\nProtectProc=default\n"))
    }

    @Test func `systemd has nothing to say against the installed units, and removing leaves nothing`() async throws {
        let folder = try TemporaryFolder()
        let bin = try program("pidd").split(separator: "/").dropLast().joined(separator: "/")
        let environment = ["DESTDIR": folder.file("root"), "PREFIX": "/opt/pidd", "BIN": "/\(bin)"]
        let script = "\(projectFolder)/scripts/install"
        let installed = try await RunningProgram.run([script], environment: environment)
        try #require(installed.status == 0, "\(installed.text)")
        let root = folder.file("root")
        // systemd looks for the program where the unit says; here that is below the folder of the test.
        let units = "\(root)/opt/pidd/lib/systemd/system"
        let names = try FileManager.default.contentsOfDirectory(atPath: units).sorted()
        #expect(names.contains("pidd.service") && names.contains("pidd.socket") && names.contains("pidd-rotate.timer"))
        let checked = try await RunningProgram.run([
            "/bin/sh", "-c",
            """
            sed -i 's|=/opt/pidd/|=\(root)/opt/pidd/|' \(units)/*.service
            SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no \(units)/*
            """,
        ])
        #expect(checked.status == 0 && checked.text == "", "\(checked.text)")
        // A word that is a command and begins others has both: `provision --test`, `provision status`.
        let completed = try await RunningProgram.run([
            "bash", "--norc", "-c",
            """
            . '\(root)/opt/pidd/share/bash-completion/completions/pidd'
            COMP_WORDS=(pidd provision '') COMP_CWORD=2; _pidd; printf '%s\\n' "${COMPREPLY[@]}"
            """,
        ])
        #expect(Set(["--test", "status"]).isSubset(of: completed.output.split(separator: "\n").map(String.init)))
        let removed = try await RunningProgram.run([script, "--remove"], environment: environment)
        #expect(removed.status == 0, "\(removed.text)")
        let left = try await RunningProgram.run(["find", root, "-type", "f"])
        #expect(left.output == "")
    }

    /// In name spaces of its own, where programs that would change the machine do nothing.
    @Test(.enabled(if: geteuid() == 0, "only root can mount folders of the test over those of the machine"))
    func `a purge overwrites device keys before they go`() async throws {
        let folder = try TemporaryFolder()
        for name in ["getent", "deb-systemd-helper", "systemctl", "udevadm"] {
            _ = try folder.write(name, "#!/bin/sh\nexit 1\n".utf8, mode: 0o700)
        }
        let purged = try await RunningProgram.run([
            "unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec",
            """
            mount -t tmpfs none /var/lib && mount -t tmpfs none /run
            mkdir -p /var/lib/pidd/identity/SN1/P
            printf SECRET > /var/lib/pidd/identity/SN1/P/device.key
            chmod 400 /var/lib/pidd/identity/SN1/P/device.key
            ln /var/lib/pidd/identity/SN1/P/device.key /var/lib/kept
            PATH='\(folder.path)':$PATH sh '\(projectFolder)/packaging/pidd/postrm' purge
            test ! -e /var/lib/pidd
            tr -d '\\000' < /var/lib/kept
            """,
        ])
        #expect(purged.status == 0 && purged.output == "", "\(purged.text)")
    }

    @Test func `settings can be checked without starting the daemon`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("pidd.conf", "[server]\nsockett = /tmp/s\n".utf8)
        let warned = try await RunningProgram.run([program("pidd"), "--check-config", "--config", file])
        #expect(warned.status == 0)
        #expect(warned.errors.contains("\(file):2: there is no key 'sockett' in section [server]"))
        try FileManager.default.createDirectory(atPath: folder.file("conf.d"), withIntermediateDirectories: true)
        _ = try folder.write("conf.d/10-mode.conf", "# ours\n[server]\nmode = 888\n".utf8)
        let refused = try await RunningProgram.run([program("pidd"), "--check-config", "--config", file])
        #expect(refused.status == 78)
        #expect(refused.errors.contains("conf.d/10-mode.conf:3: '888' is no file mode"))
    }
}
