// The documents that go to clients: exact bytes, sizes that clients depend on, and xmllint's opinion.
import RDProtocol
import Secrets
import TestSupport
import Testing

private let device = DeviceInfo(
    dpId: "TEST.PIDD", rdsId: "TEST.LNX.001", rdsVer: "0.1.0", dc: "01234567-89ab-cdef-0123-456789abcdef",
    mi: "TEST-SCANNER", mc: String(repeating: "TUND", count: 250),
    parameters: DeviceInfo.parameters(serial: "SN0001", system: "4f2a", timestamp: "2024-01-15T10:20:30+05:30"))

private let sealed = SealedPID(skey: "c2tleQ==", ci: "20280813", hmac: "aG1hYw==", data: "ZGF0YQ==")

private func xmllint(_ document: [UInt8]) throws -> RunningProgram.Ending {
    try runTool("/usr/bin/xmllint", ["--noout", "--nonet", "-"], input: document)
}

@Suite struct AnswerTests {
    @Test func `the answer to RDSERVICE has status first, CAPTURE before DEVICEINFO and id before path`() throws {
        let document = RDServiceDocument(status: .ready, info: "pidd 0.1.0").xml()
        #expect(
            String(decoding: document, as: UTF8.self)
                == ##"<?xml version="1.0"?><RDService status="READY" info="pidd 0.1.0"><Interface id="CAPTURE" path="/rd/capture"/><Interface id="DEVICEINFO" path="/rd/info"/></RDService>"##
        )
        #expect(try xmllint(document).status == 0)
    }

    @Test func `the answer to RDSERVICE stays below 1000 bytes and in ASCII whatever its text is`() throws {
        let document = RDServiceDocument(status: .notReady, info: String(repeating: "<ü&\"", count: 500)).xml()
        #expect(document.count < 1000)
        #expect(document.allSatisfy { (32...126).contains($0) })
        #expect(try xmllint(document).status == 0)
    }

    @Test func `the answer to DEVICEINFO has all six attributes, and the serial number is the first Param`() throws {
        var short = device
        short.mc = "TUND"
        #expect(
            String(decoding: short.xml(), as: UTF8.self)
                == ##"<DeviceInfo dpId="TEST.PIDD" rdsId="TEST.LNX.001" rdsVer="0.1.0" dc="01234567-89ab-cdef-0123-456789abcdef" mi="TEST-SCANNER" mc="TUND"><additional_info><Param name="srno" value="SN0001"/><Param name="sysid" value="4f2a"/><Param name="ts" value="2024-01-15T10:20:30+05:30"/><Param name="modality_type" value="Finger"/><Param name="device_type" value="L0"/></additional_info></DeviceInfo>"##
        )
        #expect(
            String(decoding: DeviceInfo().xml(), as: UTF8.self)
                == ##"<DeviceInfo dpId="" rdsId="" rdsVer="" dc="" mi="" mc=""/>"##)
    }

    @Test func `a capture that went well gives Resp, DeviceInfo, Skey, Hmac and Data on one line`() throws {
        let document = PidDataDocument(
            options: .fingerprint(), nmPoints: [42], qScore: [72], deviceInfo: DeviceInfo(dc: "x"), sealed: sealed
        ).xml()
        #expect(
            String(decoding: document, as: UTF8.self)
                == ##"<PidData><Resp errCode="0" errInfo="Success" fCount="1" fType="0" iCount="0" iType="0" pCount="0" pType="0" nmPoints="42" qScore="72"/><DeviceInfo dpId="" rdsId="" rdsVer="" dc="x" mi="" mc=""/><Skey ci="20280813">c2tleQ==</Skey><Hmac>aG1hYw==</Hmac><Data type="X">ZGF0YQ==</Data></PidData>"##
        )
        #expect(try xmllint(document).status == 0)
    }

    @Test func `several fingers have their points and scores in one list`() throws {
        let document = PidDataDocument(
            options: .fingerprint(), nmPoints: [42, 40], qScore: [72, 60], deviceInfo: device, sealed: sealed
        ).xml()
        #expect(String(decoding: document, as: UTF8.self).contains(##"nmPoints="42,40" qScore="72,60""##))
        let report = try PidDataReport(parsing: document)
        #expect(report.nmPoints == 42)
        #expect(report.qScore == 72)
    }

    @Test(arguments: RDErrorCode.allCases)
    func `a failure has its code and wording, no certificate, no PID and less than 1000 bytes`(code: RDErrorCode) throws
    {
        var device = device
        for length in [6, 60, 400] {
            device.parameters = DeviceInfo.parameters(
                serial: String(repeating: "<", count: length), system: String(repeating: "s", count: 64),
                timestamp: "2024-01-15T10:20:30+05:30")
            let error = RDError(code, String(repeating: "cause <&\"'> ", count: 40), nextStep: "do this")
            let document = PidDataDocument(failure: error, options: .fingerprint(), deviceInfo: device).xml()
            #expect(document.count < 1000)
            #expect(document.allSatisfy { (32...126).contains($0) })
            #expect(try xmllint(document).status == 0)
            let report = try PidDataReport(parsing: document)
            #expect(report.errCode == String(code.rawValue))
            #expect(report.errInfo.hasPrefix(code.wording))
            #expect(report.deviceInfo?.mc == "")
            #expect(report.sealed == nil)
        }
    }

    @Test func `an error says its wording, cause and next step on one line`() {
        let error = RDError(.deviceNotReady, "no scanner is connected", nextStep: "connect one")
        #expect(error.errInfo == "Device not ready: no scanner is connected; connect one")
        #expect(error.code == "rd-720")
        #expect(RDError(.deviceInUse).errInfo == "Being used by another application")
        #expect(RDError(.captureFailed, "a\nb\u{7}<é").errInfo == "Capture failed: a?b????")
    }

    @Test func `a file is named by its path in the next step only, when room is short`() {
        let path = "/home/somebody/a/long/way/to/the/state/identity/SN0001-0002/P/device.key"
        let error = RDError(
            .notRegistered, "\(path) holds a secret but others may read it (mode 0644)",
            nextStep: "run: chmod 600 \(path)")
        #expect(
            error.errInfo
                == "Device needs to be re-initialized: device.key holds a secret but others may read it (mode 0644); run: chmod 600 \(path)"
        )
    }

    @Test(arguments: 0...300)
    func `the next step is in errInfo as a whole, or the log is named`(length: Int) {
        let path = "/" + String(repeating: "x", count: length)
        for cause in ["\(path) is open to others", "", "something with many words in it " + path] {
            let step = "run: chmod 600 \(path)"
            let text = RDError(.notRegistered, cause, nextStep: step).errInfo
            #expect(text.utf8.count <= 200)
            #expect(text.hasPrefix("Device needs to be re-initialized"))
            let fits = "Device needs to be re-initialized; ".utf8.count + step.utf8.count <= 200
            #expect(text.hasSuffix(fits ? "; \(step)" : "; see the log of pidd"), "\(text)")
        }
    }
}

@Suite struct PidDataReportTests {
    @Test func `a report has everything that the document says`() throws {
        let document = PidDataDocument(
            options: .fingerprint(), nmPoints: [42], qScore: [72], deviceInfo: device, sealed: sealed
        ).xml()
        let report = try PidDataReport(parsing: document)
        #expect(report.isSuccess)
        #expect(report.fCount == "1")
        #expect(report.fType == "0")
        #expect(report.nmPoints == 42)
        #expect(report.qScore == 72)
        #expect(report.deviceInfo == device)
        #expect(report.sealed == sealed)
    }

    @Test func `other vendors' order, declaration, missing attributes and line breaks are tolerated`() throws {
        let text = """
            <?xml version='1.0'?>
            <PidData>
              <Data type='X'>MjAy
            NC0w\n  </Data>
              <Skey ci='20280813'>\nc2tleQ==\n</Skey><Hmac><![CDATA[aG1hYw==]]></Hmac>
              <DeviceInfo dpId='MANTRA.MSIPL' rdsId='' mi='MFS100'/>
              <Resp errCode='0' errInfo='Success.' nmPoints='49' qScore='59&#10;' vendor='x'/>
              <CustOpts><Param name='a' value='b'/></CustOpts>
            </PidData>
            """
        let report = try PidDataReport(parsing: Array(text.utf8))
        #expect(report.isSuccess)
        #expect(report.qScore == 59)
        #expect(report.nmPoints == 49)
        #expect(report.fCount == "")
        #expect(report.deviceInfo?.mi == "MFS100")
        #expect(report.deviceInfo?.mc == "")
        #expect(report.sealed == SealedPID(skey: "c2tleQ==", ci: "20280813", hmac: "aG1hYw==", data: "MjAy\nNC0w"))
    }

    @Test func `failures of other vendors keep their codes, and empty parts are no PID`() throws {
        let text =
            "<PidData><Resp errCode='-1140' errInfo='Timeout' nmPoints='' qScore=''/><Skey ci=''/><Hmac/><Data type='X'/></PidData>"
        let report = try PidDataReport(parsing: Array(text.utf8))
        #expect(!report.isSuccess)
        #expect(report.errCode == "-1140")
        #expect(report.nmPoints == nil)
        #expect(report.sealed == nil)
        #expect(report.deviceInfo == nil)
    }

    @Test(arguments: [
        "<html><body>502</body></html>", "<PidData/>", "", "{}", "<!DOCTYPE PidData><PidData/>", "<PidData><Resp",
    ])
    func `what is no PidData is refused`(text: String) {
        #expect(throws: DocumentError.self) { try PidDataReport(parsing: Array(text.utf8)) }
    }

    @Test func `more than 256 KiB are refused`() {
        #expect(throws: DocumentError.self) {
            try PidDataReport(parsing: [UInt8](repeating: 32, count: 256 * 1024 + 1))
        }
    }
}
