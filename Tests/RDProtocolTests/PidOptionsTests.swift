// PidOptions: what real clients send is understood, what is wrong gets the code of the specification.
import RDProtocol
import Secrets
import TestSupport
import Testing

private func options(_ attributes: String, _ children: String = "") throws -> PidOptions {
    try PidOptions(
        parsing: SecretBytes(copying: "<PidOptions><Opts \(attributes)/>\(children)</PidOptions>".utf8))
}

private func code(_ attributes: String, _ children: String = "") -> RDErrorCode? {
    do {
        _ = try options(attributes, children)
        return nil
    } catch {
        return (error as? RDError)?.errCode
    }
}

private func code(document: [UInt8]) -> RDErrorCode? {
    do throws(RDError) {
        _ = try PidOptions(parsing: SecretBytes(copying: document))
        return nil
    } catch {
        return error.errCode
    }
}

@Suite struct PidOptionsTests {
    /// What pidd can do, as far as XML goes.
    private let fingers = Capabilities(fingerTypes: [.minutiae, .image, .both], maximumFingers: 10)
    private let minutiae = Capabilities(fingerTypes: [.minutiae], maximumFingers: 1)

    @Test func `another document gets a hint for its sender`() {
        let error = #expect(throws: RDError.self) { try PidOptions(parsing: SecretBytes(copying: "<PidData/>".utf8)) }
        #expect(error?.detail == "the document is not a PidOptions")
        #expect(error?.nextStep == "send a PidOptions document")
    }

    @Test(arguments: [
        ("<CustOpts><Param name=\"device\" value=\"05ba-000a-1-8\"/></CustOpts>", "05ba-000a-1-8"),
        ("<custOpts><PARAM Name=' Device ' VALUE=' a.b_c '/></custOpts>", "a.b_c"),
        ("<CustOpts><Param name='mantrakey' value='x y'/><Param name='device' value='a'/></CustOpts>", "a"),
        ("<CustOpts><Param name='device' value=''/></CustOpts>", nil),
        ("<Other><Param name='device' value='a'/></Other>", nil), ("<Param name='device' value='a'/>", nil),
        ("<CustOpts><x><Param name='device' value='a'/></x></CustOpts>", nil), ("", nil),
    ])
    func `a Param of CustOpts that is named device says which scanner`(children: String, device: String?) throws {
        let read = try options("fCount=\"1\"", children)
        #expect(read.device == device)
        #expect(try PidOptions(parsing: read.xml()).device == device)
    }

    @Test(arguments: ["a b", "../x", "\u{e9}", String(repeating: "a", count: 101), "&lt;"])
    func `a device that can be no id is refused`(id: String) {
        #expect(code("fCount=\"1\"", "<CustOpts><Param name='device' value='\(id)'/></CustOpts>") == .invalidPidOptions)
    }

    @Test func `the list of known clients is whole`() {
        #expect(PidOptionsVariant.all.map(\.row) == (1...31).map { $0 < 10 ? "0\($0)" : "\($0)" })
    }

    @Test(arguments: PidOptionsVariant.all)
    func `every known client's options are understood as they are meant`(variant: PidOptionsVariant) throws {
        let options = try PidOptions(parsing: SecretBytes(copying: variant.document))
        #expect(options.fCount == variant.fCount)
        #expect(options.fType.rawValue == variant.fType)
        #expect(options.iCount == variant.iCount)
        #expect(options.pCount == 0)
        #expect(options.format == .xml)
        #expect(options.timeoutMilliseconds == variant.timeout)
        #expect(options.environment.rawValue == variant.env)
        #expect(options.posh.map(\.rawValue) == variant.posh)
        #expect(options.wadh == variant.wadh)
        #expect(options.otp == nil)
        #expect(options.demo == nil)
        #expect(options.minimumQuality == nil)
    }

    private func errCode(_ document: [UInt8], strictly: Bool) -> Int {
        do throws(RDError) {
            try PidOptions(parsing: SecretBytes(copying: document), strictly: strictly).check(supported: fingers)
            return 0
        } catch {
            return error.errCode.rawValue
        }
    }

    @Test(arguments: PidOptionsVariant.all)
    func `each known client gets its proper code, from a lenient service and from a strict one`(
        variant: PidOptionsVariant
    ) {
        #expect(errCode(variant.document, strictly: false) == variant.errCode)
        #expect(errCode(variant.document, strictly: true) == variant.strictErrCode)
    }

    @Test(arguments: PidOptionsVariant.all)
    func `a strict service refuses the form of exactly those documents that the schema refuses`(
        variant: PidOptionsVariant
    ) throws {
        let schema = "\(TestFiles.root)/docs/schema/PidOptions.xsd"
        let checked = try runTool("/usr/bin/xmllint", ["--noout", "--nonet", "--schema", schema, variant.path])
        #expect((checked.status == 0) == ![100, 190].contains(variant.strictErrCode), "\(checked.errors)")
    }

    @Test(arguments: [
        "<PidOptions ver='1.0'><Opts fCount='1' format='0' pidVer='2.0'/><Opts/></PidOptions>",
        "<PidOptions ver='1.0'><CustOpts/><Opts fCount='1' format='0' pidVer='2.0'/></PidOptions>",
        "<PidOptions ver='1.0'><Opts fCount='1' format='0' pidVer='2.0'/><CustOpts/><Demo/></PidOptions>",
        "<PidOptions ver='1.0'><Opts fCount='1' format='0' pidVer='2.0'><Opt/></Opts></PidOptions>",
        "<PidOptions ver='1.0'><Opts fCount='1' format='0' pidVer='2.0'/><CustOpts><Param new=''/></CustOpts></PidOptions>",
        "<PidOptions ver='1.0'><Opts fCount='1' format='0' pidVer='2.0'/><Demo><pi/></Demo></PidOptions>",
        "<pidoptions ver='1.0'><Opts fCount='1' format='0' pidVer='2.0'/></pidoptions>",
    ])
    func `a strict service refuses what stands in the wrong place`(document: String) throws {
        #expect(errCode(Array(document.utf8), strictly: true) == 100)
        #expect(errCode(Array(document.utf8), strictly: false) == 0)
        let schema = "\(TestFiles.root)/docs/schema/PidOptions.xsd"
        let checked = try runTool(
            "/usr/bin/xmllint", ["--noout", "--nonet", "--schema", schema, "-"], input: Array(document.utf8))
        #expect(checked.status != 0)
    }

    @Test(arguments: [
        ("fCount='1' format='2'", 190), ("fCount='1' format='x'", 190), ("fCount='1' format='-1'", 190),
        ("fCount='1' pidVer='1.0'", 150), ("fCount='1' pidVer='2'", 150),
        ("fCount='1' fType='x'", 110), ("fCount='1' fType='100'", 110), ("fCount='1' fType='3'", 110),
        ("fCount='1' fType='-1'", 110), ("fCount='1' fType='+1'", 110),
        ("fCount='x'", 120), ("fCount='100'", 120), ("fCount='11'", 120), ("fCount='-1'", 120), ("fCount='1.0'", 120),
        ("fCount='3' fType='1'", 120), ("fCount='3' fType='2'", 120),
        ("fCount='1' iType='x'", 130), ("fCount='1' iCount='x'", 140), ("fCount='1' iCount='222'", 140),
        ("fCount='1' pType='x'", 100), ("fCount='1' pCount='x'", 100),
        ("fCount='0'", 100), ("", 100), ("otp='123456'", 120), ("pCount='1'", 100),
        ("fCount='1' iCount='1' pCount='1'", 100),
        ("fCount='1' timeout='0'", 160), ("fCount='1' timeout='100000'", 160), ("fCount='1' timeout='-1'", 160),
        ("fCount='1' timeout='1e3'", 160), ("fCount='1' timeout='99999999999999999999'", 160),
        ("fCount='1' posh='LEFT_TOE'", 170), ("fCount='1' posh='left_index'", 170),
        ("fCount='2' posh='LEFT_INDEX,LEFT_INDEX'", 170), ("fCount='2' posh='LEFT_INDEX,UNKNOWN'", 170),
        ("fCount='2' posh='LEFT_INDEX'", 170), ("fCount='1' posh='LEFT_INDEX,RIGHT_INDEX'", 170),
        ("fCount='1' posh='LEFT_IRIS'", 170), ("fCount='1' posh=','", 170), ("fCount='1' posh='LEFT_INDEX;'", 170),
        ("fCount='1' env='X'", 100), ("fCount='1' env='p'", 100),
        ("fCount='1' otp='12345'", 100), ("fCount='1' otp='12345a'", 100), ("fCount='1' otp='1234567'", 100),
        ("fCount='1' wadh='E0jzJ'", 100), ("fCount='1' wadh='E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjr=='", 100),
    ])
    func `each wrong value has its own code`(attributes: String, expected: Int) {
        #expect(code(attributes)?.rawValue == expected)
    }

    @Test(arguments: [
        // The earlier check of spec/rd-service.md 3.5 wins over all later ones.
        ("format='9' pidVer='9' fType='x' timeout='0' posh='x' env='x'", 190),
        ("pidVer='9' fType='x' timeout='0' posh='x' env='x'", 150),
        ("fCount='11' fType='x' timeout='0' posh='x' env='x'", 110),
        ("fCount='11' timeout='0' posh='x' env='x'", 120),
        ("fCount='1' timeout='0' posh='x' env='x'", 160),
        ("fCount='1' posh='x' env='x' otp='x'", 170),
    ])
    func `of several wrong values the one that is checked first counts`(attributes: String, expected: Int) {
        #expect(code(attributes)?.rawValue == expected)
    }

    @Test(arguments: [
        ("fCount='1' format='1'", 210), ("fCount='1' fType='1'", 110), ("fCount='1' fType='2'", 110),
        ("fCount='2'", 120), ("iCount='1'", 760), ("fCount='1' iCount='1'", 760), ("fCount='1' pCount='1'", 180),
        ("iCount='1' pCount='1'", 760), ("iCount='1' iType='1'", 760),
    ])
    func `what is allowed but cannot be served has its own code`(attributes: String, expected: Int) throws {
        let options = try options(attributes)
        let error = #expect(throws: RDError.self) { try options.check(supported: minutiae) }
        #expect(error?.errCode.rawValue == expected)
    }

    @Test func `a service without fingers answers 750, and one with irises checks their number and type`() throws {
        let iris = Capabilities(fingerTypes: [], maximumFingers: 0, hasIris: true)
        for (attributes, expected) in [("fCount='1'", 750), ("iCount='3'", 140), ("iCount='1' iType='1'", 130)] {
            let options = try options(attributes)
            let error = #expect(throws: RDError.self) { try options.check(supported: iris) }
            #expect(error?.errCode.rawValue == expected)
        }
        try options("iCount='2' posh='RIGHT_IRIS,LEFT_IRIS'").check(supported: iris)
    }

    @Test func `named positions come in the order fingers, irises, face`() throws {
        let options = try options("fCount='2' iCount='1' posh='LEFT_IRIS,RIGHT_THUMB,LEFT_INDEX'")
        #expect(options.posh == [.rightThumb, .leftIndex, .leftIris])
    }

    @Test func `an OTP is kept as a secret`() throws {
        let options = try options("fCount='1' otp='123456'")
        #expect(options.otp == SecretBytes(copying: Array("123456".utf8)))
        var dumped = "\(options)"
        dump(options, to: &dumped)
        #expect(!dumped.contains("123456"))
        #expect(!dumped.contains("49"))
    }

    @Test func `a Demo block is taken over with its proper names, and anything else in it is 200`() throws {
        let demo = try options(
            "fCount='1'", "<DEMO lang='06'><pi ms=\"E\" name='R &amp; \u{915}'/>\n<Pa co=\"x\"/></DEMO>"
        ).demo
        let text = try #require(demo).withSpan { bytes in
            String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        }
        #expect(text == ##"<Demo lang="06"><Pi ms="E" name="R &amp; &#x915;"/><Pa co="x"/></Demo>"##)
        #expect(try options("fCount='1'", "<Demo lang='06'/>").demo == nil)
        for wrong in [
            "<Demo><Px/></Demo>", "<Demo><Pi foo=''/></Demo>", "<Demo>text</Demo>", "<Demo><Pi>text</Pi></Demo>",
            "<Demo><Pi><Pa/></Pi></Demo>", "<Demo bar=''><Pi/></Demo>", "<Demo><Demo/></Demo>",
            "<Demo><Pi/><pi/></Demo>", "<Demo><Pi/></Demo><Demo><Pa/></Demo>",
        ] {
            #expect(code("fCount='1'", wrong) == .invalidDemo, "\(wrong)")
        }
    }

    @Test func `what a client sends is what a service reads`() throws {
        var options = PidOptions.fingerprint(
            type: .both, wadh: "18f4CEiXeXcfGXvgWA/blxD+w2pw7hfQPY45JMytkPw=", timeoutMilliseconds: 15_000,
            environment: .staging)
        #expect(
            options.xml().withSpan { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
                == ##"<PidOptions ver="1.0"><Opts fCount="1" fType="2" iCount="0" iType="0" pCount="0" pType="0" format="0" pidVer="2.0" timeout="15000" otp="" wadh="18f4CEiXeXcfGXvgWA/blxD+w2pw7hfQPY45JMytkPw=" posh="UNKNOWN" env="S"/></PidOptions>"##
        )
        options.posh = [.rightThumb]
        options.otp = SecretBytes(copying: Array("654321".utf8))
        options.demo = SecretBytes(copying: Array("<Demo><Pi name=\"x\"/></Demo>".utf8))
        #expect(try PidOptions(parsing: options.xml()) == options)
    }

    @Test func `the least quality is a Param of CustOpts, and others are passed over`() throws {
        func options(_ custom: String) throws -> PidOptions {
            try PidOptions(
                parsing: SecretBytes(copying: "<PidOptions><Opts fCount='1'/>\(custom)</PidOptions>".utf8))
        }
        let param = "<Param name='other' value='x'/><Param name='minQuality' value='40'/>"
        let asked = try options("<CustOpts>\(param)</CustOpts>")
        #expect(asked.minimumQuality == 40)
        #expect(try PidOptions(parsing: asked.xml(), strictly: true) == asked)
        #expect(try options("<CustOpts><Param name='minQuality' value=''/></CustOpts>").minimumQuality == nil)
        #expect(try options("<Other>\(param)</Other>").minimumQuality == nil)
        for wrong in ["101", "-1", "x", "1.5"] {
            let custom = "<CustOpts><Param name='minQuality' value='\(wrong)'/></CustOpts>"
            let error = #expect(throws: RDError.self) { try options(custom) }
            #expect(error?.errCode == .invalidPidOptions)
        }
    }

    @Test func `encodings that a declaration claims do not matter, a byte order mark neither`() throws {
        let body = "<PidOptions><Opts fCount='1'/></PidOptions>"
        for start in [
            "<?xml version=\"1.0\" encoding=\"utf-16\"?>", "\u{feff}", "\r\n\r\n<?xml version='1.0'?>\n", "<!-- x -->",
        ] {
            #expect(code(document: Array((start + body).utf8)) == nil, "\(start)")
        }
    }
}
