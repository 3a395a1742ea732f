// Requests and what they mean, and which rule lets them in.
@testable import PiddCore
import Sharing
import Testing

struct RoutesTests {
    @Test(arguments: [
        ("RDSERVICE", "/", Route.service), ("RDSERVICE", "/whatever", .service), ("RDSERVICE", "/v1/status", .service),
        ("DEVICEINFO", "/RD/Info", .deviceInfo), ("DEVICEINFO", "/getDeviceInfo", .deviceInfo),
        ("CAPTURE", "/rd/capture", .capture), ("CAPTURE", "/Capture", .capture),
        ("GET", "/v1", .about), ("HEAD", "/v1/schema", .schema), ("GET", "/v1/status", .status),
        ("POST", "/v1/captures", .captures), ("DELETE", "/v1/captures/a.B-1_", .cancel(id: "a.B-1_")),
        ("GET", "/v1/events", .events), ("GET", "/v1/metrics", .metrics),
    ])
    func `a known request has its route`(_ method: String, _ path: String, _ route: Route) {
        #expect(Route(method: method, path: path) == route)
    }

    @Test(arguments: [
        ("GET", "/", Route.wrongMethod(allow: "RDSERVICE")), ("GET", "/v1/captures", .wrongMethod(allow: "POST")),
        ("POST", "/v1/status", .wrongMethod(allow: "GET, HEAD")), ("HEAD", "/v1/events", .wrongMethod(allow: "GET")),
        ("GET", "/v1/captures/a", .wrongMethod(allow: "DELETE")), ("CAPTURE", "/none", .unknownPath),
        ("GET", "/V1/status", .unknownPath), ("GET", "/v1/", .unknownPath),
        ("DELETE", "/v1/captures/", .unknownPath), ("DELETE", "/v1/captures/a%20b", .unknownPath),
        ("DELETE", "/v1/captures/" + String(repeating: "a", count: 65), .unknownPath),
    ])
    func `other requests are told what there is`(_ method: String, _ path: String, _ route: Route) {
        #expect(Route(method: method, path: path) == route)
    }

    @Test func `only captures and their end need the right to capture`() {
        for route in [Route.capture, .captures, .cancel(id: "a")] { #expect(route.operation == .capture) }
        for route in [
            Route.service, .deviceInfo, .about, .schema, .status, .events, .metrics, .unknownPath,
            .wrongMethod(allow: ""),
        ] {
            #expect(route.operation == .info)
        }
    }

    @Test(arguments: ["a", "A.b_c-9", String(repeating: "x", count: 64)])
    func `these are request ids`(_ text: String) { #expect(isRequestID(text)) }

    @Test(arguments: ["", "a b", "a/b", "\u{e9}", "a\n", "a\"", String(repeating: "x", count: 65)])
    func `these are not`(_ text: String) { #expect(!isRequestID(text)) }
}
