// A real TLS server on loopback that misbehaves on request, with an authority of its own.
import Platform

/// The server of `Tests/Servers/tls_server.py`, running; the first part of a URL's path says how it answers.
package struct TLSTestServer: Sendable {
    package let port: Int
    /// PEM file of the authority that signed its certificate, for `localhost`.
    package let caFile: String
    /// PEM file of an authority that has nothing to do with it.
    package let otherCAFile: String
    /// Base64 of the SHA-256 of its public key.
    package let pin: String
    private let process: RunningProgram
    private let folder: TemporaryFolder

    package init() throws {
        folder = try TemporaryFolder()
        let path = folder.path
        let script = """
            set -e
            cd '\(path)'
            authority() {
              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" \
                -days 2 -subj "/CN=$1" 2>/dev/null
            }
            authority ca
            authority other
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr \
              -subj /CN=localhost 2>/dev/null
            printf 'subjectAltName=DNS:localhost\\n' > extensions
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 2 -extfile extensions -out server.pem 2>/dev/null
            openssl pkey -in server.key -pubout -outform der | openssl dgst -sha256 -binary | base64 > pin
            """
        let made = try runTool("sh", ["-c", script])
        guard made.status == 0 else { throw SystemError("openssl", on: made.errors, code: made.status) }
        caFile = folder.file("ca.pem")
        otherCAFile = folder.file("other.pem")
        pin = try String(decoding: readFile(folder.file("pin"), limit: 100).dropLast(), as: UTF8.self)
        let server = "\(TestFiles.root)/Tests/Servers/tls_server.py"
        let process = try RunningProgram(
            ["python3", server, folder.file("server.pem"), folder.file("server.key")], input: nil)
        try process.waitBlocking(for: "port") { process.output.hasSuffix("\n") }
        self.process = process
        guard let port = Int(process.output.dropLast()) else { throw SystemError("start", on: server, code: 1) }
        self.port = port
    }

    /// The URL under which the server behaves in one way.
    package func url(_ behaviour: String) -> String { "https://localhost:\(port)/\(behaviour)" }
}

/// Where files of this package lie while its tests run.
package enum TestFiles {
    /// The package's folder.
    package static var root: String {
        #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
    }

    /// The folder with the programs built for this test run.
    package static var products: String {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") || $0.contains(".xctest/") }
        guard let bundle else { return "\(root)/.build/debug" }
        return bundle.split(separator: "/").prefix { !$0.hasSuffix(".xctest") }.reduce(into: "") { $0 += "/\($1)" }
    }
}
