// Routes, authentication and fields, called from Python.
import Testing

@Suite struct RequestTests {
    let sandbox: SandboxUnderTest

    init() throws { sandbox = try SandboxUnderTest.shared.get() }

    /// A request that gets no further than its body, for what is checked before.
    private func bare(_ changes: [String: Any]) -> [String: Any] {
        ["call": "verify", "raw": "{}"].merging(changes) { $1 }
    }

    /// Takes one step for each case and pairs them with their replies.
    private func each<Case>(_ cases: [Case], _ step: (Case) -> [String: Any]) throws -> [(Case, Reply)] {
        Array(zip(cases, try sandbox.take(all: cases.map(step))))
    }

    // MARK: Authentication

    @Test func `a security header with another value is refused with its code`() throws {
        let cases = [
            ("developer_key", "somebody", 2483),
            ("secret-key", "aJXK5IaC2KjK9t8pWd9Fq2YgAtwrhERDvB+heDpor84=", 2484),
            ("secret-key-timestamp", "1767225600", 2486), ("secret-key-timestamp", "17672256000000", 2486),
            ("secret-key-timestamp", "176722560000x", 2486), ("secret-key-timestamp", "1767225600000", 2485),
            ("secret-key", "", 2487),
        ]
        for ((header, value, code), reply) in try each(cases, { bare(["headers": [$0.0: $0.1]]) }) {
            #expect(reply.http == 401, "\(header): \(value)")
            #expect(reply.status == code, "\(header): \(value)")
            #expect(reply.type == code)
            #expect(reply.statusID == 1)
            #expect(!reply.message.isEmpty)
            #expect(Set(reply.body.keys) == ["status", "response_status_id", "response_type_id", "message"])
        }
    }

    @Test func `a request without one of the security headers is refused`() throws {
        let headers = ["developer_key", "secret-key", "secret-key-timestamp"]
        for (header, reply) in try each(headers, { bare(["without_headers": [$0]]) }) {
            #expect(reply.http == 401, "\(header)")
            #expect(reply.type == 2487, "\(header)")
        }
    }

    @Test func `the signature vectors of the specification are what is expected of a caller`() throws {
        // The access key of the sandbox under test and this timestamp are Eko's own known-answer test.
        let then = try SandboxUnderTest(clock: { 1_700_000_000_000 })
        let right = [
            "secret-key-timestamp": "1700000000000", "secret-key": "88lqTf9ew69XbVbeczjxVL8/B4vibfp1MvTi1mIj2Xo=",
        ]
        #expect(try then.take(bare(["headers": right]))[0].http == 200)
    }

    @Test func `a signature made with one of the usual mistakes is refused`() throws {
        for (mistake, reply) in try each(["raw-key", "swapped", "hex", "newline"], { bare(["mistake": $0]) }) {
            #expect(reply.type == 2484, "\(mistake)")
        }
    }

    @Test func `a timestamp may be 2 minutes off and no more`() throws {
        let replies = try each([110, -110, 130, -130]) { bare(["skew": $0]) }.map(\.1)
        #expect(replies.map(\.http) == [200, 200, 401, 401])
        #expect(replies[2].type == 2485)
        #expect(replies[3].type == 2485)
    }

    @Test func `a timestamp is taken once`() throws {
        let replies = try sandbox.take(bare([:]), bare(["stamp_of": 0]), bare([:]))
        #expect(replies.map(\.http) == [200, 401, 200])
        #expect(replies[1].type == 2485)
    }

    @Test func `a request with a wrong signature does not use a timestamp up`() throws {
        let replies = try sandbox.take(bare(["mistake": "swapped"]), bare(["stamp_of": 0]))
        #expect(replies.map(\.http) == [401, 200])
    }

    // MARK: Routes and bodies

    @Test func `a path of no operation is answered as Eko's gateway does`() throws {
        let paths = [
            "/ekoapi/v2/customer/payment/dmt-fino/sender/9123456789/otp", "/ekoapi/v3", "/", "/ekoapi/v3/customer",
            "/ekoapi/v3/customer/payment/dmt-fino/sender/9123456789/otp/",
            "/ekoapi/v3/customer/payment/dmt-fino/sender/1/2/otp",
        ]
        for (path, reply) in try each(paths, { bare(["path": $0]) }) {
            #expect(reply.http == 404, "\(path)")
            #expect(reply.text == "No mapping rule matched\n")
        }
    }

    @Test func `another method is refused`() throws {
        for (method, reply) in try each(["POST", "GET", "DELETE"], { bare(["method": $0]) }) {
            #expect(reply.http == 405, "\(method)")
        }
    }

    @Test func `the body must be announced as JSON`() throws {
        let types = [
            ("application/x-www-form-urlencoded", 415), ("text/json", 415),
            ("application/json; charset=utf-8", 200), ("Application/JSON", 200),
        ]
        for ((type, status), reply) in try each(types, { bare(["headers": ["Content-Type": $0.0]]) }) {
            #expect(reply.http == status, "\(type)")
        }
    }

    @Test func `a body beyond the limit is refused and the answer arrives`() throws {
        let body = String(repeating: " ", count: 300 * 1024)
        #expect(try sandbox.take(["call": "verify", "raw": body])[0].http == 413)
    }

    @Test func `a body that is no JSON object is answered without a status`() throws {
        let bodies = [
            "", "[]", "{", "{\"otp\":}", "{\"a\":1,\"a\":2}", "{\"a\":\"\\ud800\"}", "{} {}", "{'a':1}", "{\"a\":01}",
            "{\"a\":\"\u{1}\"}", "{\"a\":tru}", "{\"a\":\"\\x\"}", "{\"a\":[1,]}", "[[[[[[[[[[[[1]]]]]]]]]]]]",
        ]
        for (body, reply) in try each(bodies, { ["call": "verify", "raw": $0] }) {
            #expect(reply.http == 200, "\(body)")
            #expect(reply.body as? [String: String] == ["message": "No key for Response"], "\(body)")
        }
    }

    // MARK: Fields

    @Test func `a field of another form is named in invalid_params and not repeated`() throws {
        let cases = [
            ("aadhar", "12345678901"), ("aadhar", "1234567890123"), ("aadhar", "99994105705x"), ("piddata", ""),
            ("initiator_id", "12345"), ("user_code", "2081020"), ("client_ref_id", "more than twenty characters"),
        ]
        for ((field, value), reply) in try each(cases, { ["call": "ekyc", "change": [$0.0: $0.1]] }) {
            #expect(reply.http == 200)
            #expect(reply.status == 97)
            #expect(reply.statusID == 1)
            #expect(reply.type == -1)
            #expect(Array(reply.faults.keys) == [field])
            #expect(value.isEmpty || !reply.text.contains(value))
        }
    }

    @Test func `a missing field is named in invalid_params`() throws {
        let fields = ["aadhar", "piddata", "initiator_id", "user_code"]
        for (field, reply) in try each(fields, { ["call": "ekyc", "without": [$0]] }) {
            #expect(reply.status == 97)
            #expect(reply.faults == [field: "is missing"])
        }
    }

    @Test func `a number where a text is wanted is refused, since it may have lost its zeros`() throws {
        let reply = try sandbox.take(["call": "ekyc", "change": ["aadhar": 999_941_057_058]])[0]
        #expect(Array(reply.faults.keys) == ["aadhar"])
    }

    @Test func `a customer that is no mobile number is refused`() throws {
        let customers = ["1123456789", "912345678", "91234567890", "91234x6789"]
        for (customer, reply) in try each(customers, { ["call": "ekyc", "customer": $0] }) {
            #expect(Array(reply.faults.keys) == ["customer_id"], "\(customer)")
        }
    }

    @Test func `fields that nobody knows are let pass and those that are optional may be left out`() throws {
        let reply = try sandbox.take([
            "call": "ekyc", "customer": "9000000005", "change": ["latlong": "28.6,77.2", "extra": ["a": [1, true]]],
            "without": ["client_ref_id"],
        ])[0]
        #expect(reply.type == 2129)
    }

    @Test func `another initiator and another agent are refused with Eko's codes`() throws {
        let replies = try sandbox.take(
            ["call": "ekyc", "change": ["initiator_id": "9962981720"]],
            ["call": "ekyc", "change": ["user_code": "10810200"]])
        #expect(replies.map(\.type) == [319, 346])
        #expect(replies.map(\.status) == [319, 346])
    }
}
