// What a client sends after it was refused is overwritten too.
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct WipingTests {
    /// Sends a body after the refusal of its head, then looks for it in the memory of this process, which has the server.
    ///
    /// The secret is made in the other process and only ever sent, so that this one has it from its server alone.
    private static let script = """
        import array, fcntl, os, socket, sys, termios, time
        path, process = sys.argv[1:]
        client = socket.socket(socket.AF_UNIX)
        client.connect(path)
        client.sendall(b"CAPTURE / HTTP/1.1\\r\\nExpect: nonsense\\r\\nContent-Length: 32\\r\\n\\r\\n")
        print(client.recv(4096).split(b"\\r\\n")[0].decode())
        secret = os.urandom(32)
        client.sendall(secret)
        unread = array.array("i", [1])
        for _ in range(1000):
            fcntl.ioctl(client, termios.TIOCOUTQ, unread)
            if not unread[0]: break
            time.sleep(0.01)
        print(f"unread {unread[0]}")
        found = 0
        with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
            for line in maps:
                place, mode = line.split()[:2]
                if not mode.startswith("rw"): continue
                start, end = (int(word, 16) for word in place.split("-"))
                for at in range(start, end, 1 << 20):
                    try:
                        memory.seek(at)
                        found += secret in memory.read(min(end - at, (1 << 20) + 32))
                    except OSError:
                        pass
        print(f"found {found}")
        """

    @Test(.enabled(if: geteuid() == 0, "needs root to read the memory of another process"))
    func `a body that comes after the refusal of its head is not in memory any more`() async throws {
        let service = try Service()
        let python = try await RunningProgram.run([
            "/usr/bin/python3", "-c", Self.script, service.path, "\(getpid())",
        ])
        #expect(python.output == "HTTP/1.1 417 Expectation Failed\nunread 0\nfound 0\n", "\(python.errors)")
    }
}
