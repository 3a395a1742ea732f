// Which web pages are let in at the loopback door: origins, hosts, and what browsers say about a request.
import HTTPWire
@testable import PiddCore
import Settings
import TestSupport
import Testing

struct OriginTests {
    @Test(arguments: [
        ("https://portal.example", "https://portal.example"), ("https://portal.example", "https://PORTAL.example"),
        ("https://portal.example:443", "https://portal.example"), ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"), ("https://*.example.in", "https://a.example.in"),
        ("https://*.example.in", "https://a.b.example.in"), ("https://*.example.in:8443", "https://a.example.in:8443"),
    ])
    func `an origin that is listed passes`(_ rule: String, _ origin: String) throws {
        #expect(try #require(OriginRule(rule)).covers(try #require(WebOrigin(origin))))
    }

    @Test(arguments: [
        ("https://portal.example", "http://portal.example"), ("https://portal.example", "https://portal.example:8443"),
        ("https://portal.example", "https://portal.example.evil.in"),
        ("https://portal.example", "https://xportal.example"),
        ("https://*.example.in", "https://example.in"), ("https://*.example.in", "https://evilexample.in"),
        ("https://*.example.in", "http://a.example.in"), ("https://*.example.in", "https://a.example.in.evil.com"),
        ("https://*.example.in", "https://.example.in"), ("https://*.example.in", "https://a.example.in:8443"),
        ("https://*.example.in", "https://a..example.in"),
    ])
    func `an origin that only looks like a listed one does not`(_ rule: String, _ origin: String) throws {
        #expect(try !#require(OriginRule(rule)).covers(try #require(WebOrigin(origin))))
    }

    @Test(arguments: [
        "*", "null", "https://*", "https://*.in", "http://*.example.in", "https://a.*.in", "https://portal.example/",
        "https://portal.example/x", "portal.example", "ftp://portal.example", "https://", "https://a b", "https://a:0",
        "https://a:x", "https://a:65536", "https://u@a.example", "https://*..example.in", "https://é.example",
    ])
    func `the list takes nothing but origins`(_ text: String) { #expect(OriginRule(text) == nil) }

    private func visitor(_ headers: HTTPHeaders) throws -> Visitor {
        var settings = LoopbackSettings()
        settings.origins = [try #require(OriginRule("https://portal.example"))]
        return Visitor(HTTPRequest(method: "CAPTURE", path: "/rd/capture", headers: headers), port: 11100, settings)
    }

    @Test func `who asks is told by Origin, and without it by the fetch metadata`() throws {
        #expect(try visitor([:]) == .program)
        #expect(try visitor(["Origin": "https://portal.example"]) == .site("https://portal.example"))
        #expect(try visitor(["Origin": "http://127.0.0.1:11100"]) == .ownPage)
        #expect(try visitor(["Origin": "http://[::1]:11100", "Sec-Fetch-Site": "same-origin"]) == .ownPage)
        #expect(try visitor(["Sec-Fetch-Site": "same-origin"]) == .ownPage)
        #expect(
            try visitor(["Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"])
                == .navigation)
        let strangers: [HTTPHeaders] = [
            ["Origin": "null"], ["Origin": "https://evil.example"], ["Origin": ""],
            ["Origin": "http://127.0.0.1:11101"],
            ["Origin": "https://127.0.0.1:11100"], ["Origin": "https://portal.example, https://evil.example"],
            ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Sec-Fetch-Site": "none"],
            ["Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"],
        ]
        for headers in strangers { #expect(try !visitor(headers).isTrusted) }
        var two: HTTPHeaders = ["Origin": "https://portal.example"]
        two.add("Origin", "https://portal.example")
        #expect(try !visitor(two).isTrusted)
    }

    @Test func `the settings are read, and a wrong value is told with its line`() throws {
        let folder = try TemporaryFolder()
        func read(_ text: String) throws -> LoopbackSettings {
            var settings = DaemonSettings()
            let unknown = try settings.read(file: try folder.write("pidd.conf", "[loopback]\n\(text)\n".utf8))
            #expect(unknown.isEmpty)
            return settings.loopback
        }
        #expect(try read("").isEnabled == false)
        let settings = try read(
            "enabled = yes\nports = 21100-21105\norigins = https://a.example, https://*.b.example\nhosts = till.example\n"
                + "discovery = everyone\ncontent-type = text/xml")
        #expect(settings.isEnabled)
        #expect(settings.ports == 21100...21105)
        #expect(settings.origins.map(\.text) == ["https://a.example", "https://*.b.example"])
        #expect(settings.hosts == ["till.example"])
        #expect(settings.discovery == .everyone)
        #expect(settings.documentType == .xml)
        for wrong in [
            "enabled = true", "ports = 0", "ports = 5-4", "ports = a", "ports = 1-2-3", "origins = *", "origins = null",
            "hosts = a:1", "discovery = all", "content-type = text/html",
        ] {
            let error = try #require(throws: SettingsError.self) { try read(wrong) }
            #expect(error.cause.contains("pidd.conf:2: "), "\(wrong)")
        }
    }

    @Test(arguments: [
        ("*/*", "text/plain"), ("text/xml", "text/xml"), ("application/xml, text/xml, */*; q=0.01", "text/xml"),
        ("text/plain, */*; q=0.01", "text/plain"), ("text/xml;q=0, */*", "text/plain"),
        ("application/json", "text/plain"),
        ("TEXT/XML;charset=utf-8", "text/xml"),
    ])
    func `a client that names XML gets it`(_ accept: String, _ type: String) {
        let request = HTTPRequest(method: "RDSERVICE", path: "/", headers: ["Accept": accept])
        let call = LoopbackCall(request, from: .program, LoopbackSettings())
        #expect(call.documentType == "\(type); charset=utf-8")
    }

    @Test(arguments: [
        ("RDSERVICE", "/x", LoopbackRoute.common(.service)), ("rdservice", "/", .common(.service)),
        ("GET", "/", .common(.service)), ("GET", "/rd/info", .common(.service)), ("HEAD", "/", .common(.service)),
        ("DEVICEINFO", "/RD/Info", .common(.deviceInfo)), ("POST", "/getDeviceInfo", .common(.deviceInfo)),
        ("Capture", "/capture", .common(.capture)), ("POST", "/rd/capture", .wrongType), ("OPTIONS", "/x", .preflight),
        ("GET", "/page.js", .page("/page.js")), ("GET", "/v1/status", .common(.status)),
        ("GET", "/rd/capture", .common(.wrongMethod(allow: "CAPTURE, RDSERVICE, POST, OPTIONS"))),
    ])
    func `the fall-backs of existing clients have their routes`(
        _ method: String, _ path: String, _ route: LoopbackRoute
    ) {
        #expect(LoopbackRoute(HTTPRequest(method: method, path: path)) == route)
    }

    @Test func `a browser is shown the page, and POST captures only as XML`() {
        func route(_ method: String, _ path: String, _ headers: HTTPHeaders) -> LoopbackRoute {
            LoopbackRoute(HTTPRequest(method: method, path: path, headers: headers))
        }
        let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
        #expect(route("GET", "/", ["Accept": accept]) == .page("/"))
        #expect(route("RDSERVICE", "/", ["Accept": accept]) == .common(.service))
        for type in ["text/xml", "application/xml; charset=utf-8", "Text/XML;charset=UTF-8"] {
            #expect(route("POST", "/rd/capture", ["Content-Type": type]) == .common(.capture))
        }
        for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/xml2", ""] {
            #expect(route("POST", "/rd/capture", ["Content-Type": type]) == .wrongType)
        }
    }
}
