// PidOptions as 31 real clients write them (spec/rd-clients.md section 2), and what each asks for.

import Testing

/// One real client's document.
struct PidOptionsVariant: Sendable, CustomTestStringConvertible {
    let number: Int
    let document: String
    /// fCount, fType, timeout, env, posh and wadh as they are meant.
    var fType = 2
    var timeout = 10_000
    var env = "P"
    var posh: [String] = []
    var wadh = ""
    /// Irises and their type, when the client wants those.
    var iCount = 0
    var fCount = 1

    var testDescription: String { "row \(number)" }
}

/// eKYC with finger and consent, from the vectors of spec/rd-service.md 2.4: 2.5FYNNN and 2.5FYYYN.
private let consent = "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="
private let local = "18f4CEiXeXcfGXvgWA/blxD+w2pw7hfQPY45JMytkPw="

let pidOptionsVariants: [PidOptionsVariant] = [
    .init(
        number: 1,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="2" format="0" pidVer="2.0" timeout="30000" otp="" posh="UNKNOWN" env="P"/></PidOptions>"#,
        timeout: 30_000),
    .init(
        number: 2,
        document:
            #"<PidOptions ver="1.0"><Opts iCount="1" iType="0" format="0" pidVer="2.0" timeout="30000" otp="" posh="UNKNOWN" env="P"/></PidOptions>"#,
        fType: 0, timeout: 30_000, iCount: 1, fCount: 0),
    .init(
        number: 3,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="2" pidVer="2.0" timeout="10000" env="P" wadh="\#(consent)"/></PidOptions>"#,
        wadh: consent),
    .init(
        number: 4,
        document:
            #"<?xml version="1.0"?> <PidOptions ver="1.0"> <Opts fCount="1" fType="2" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="10000" posh="UNKNOWN" env="P" /> <CustOpts><Param name="mantrakey" value="" /></CustOpts> </PidOptions>"#
    ),
    .init(
        number: 5,
        document:
            #"<?xml version="1.0"?> <PidOptions ver="1.0"> <Opts fCount="1" fType="2" iCount="0" pCount="0" pgCount="2" format="0" pidVer="2.0" timeout="10000" pTimeout="20000" posh="UNKNOWN" env="P" wadh="\#(consent)" /> <CustOpts><Param name="mantrakey" value="" /></CustOpts> </PidOptions>"#,
        wadh: consent),
    .init(
        number: 6,
        document:
            #"<PidOptions ver="2.0"><Opts env="P" fCount="1" fType="0" iCount="0" iType="0" pCount="0" pType="0" format="0" pidVer="2.0" timeout="10000" otp="" wadh="\#(consent)" posh="UNKNOWN"/></PidOptions>"#,
        fType: 0, wadh: consent),
    .init(
        number: 7,
        document:
            #"<PidOptions ver='1.0'><Opts fCount='0' fType='0' iCount='1' pCount='0' pgCount='2' format='0' pidVer='2.0' timeout='10000' pTimeout='20000' wadh='\#(local)' posh='UNKNOWN' env='P' /><CustOpts><Param name='mantrakey' value='' /></CustOpts></PidOptions>"#,
        fType: 0, wadh: local, iCount: 1, fCount: 0),
    .init(
        number: 8,
        document:
            #"<PidOptions ver="1.0"><Opts wadh="\#(local)" fCount="1" fType="2" iCount="0" iType="" pCount="0" pType="0" format="0" pgCount="2" pidVer="2.0" timeout="10000" pTimeout="20000" otp="" env="P" posh="UNKNOWN"/></PidOptions>"#,
        wadh: local),
    .init(
        number: 9,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="2" iCount="" iType="" pCount="" pType="" format="0" pidVer="2.0" timeout="10000" otp="" wadh="" posh=""/></PidOptions>"#
    ),
    .init(
        number: 10,
        document:
            #"<PidOptions ver="1.0" env="P"><Opts fCount="1" fType="0" iCount="" iType="" pCount="" pType="" format="0" pidVer="2.0" timeout="10000" otp="" wadh="" posh=""/></PidOptions>"#,
        fType: 0),
    .init(
        number: 11,
        document:
            "<PidOptions><Opts fCount=\"1\" dType=\"P\" fType=\"0\" iCount=\"0\" pCount=\"0\" format=\"0\" pidVer=\"2.0\" timeout=\"20000\" otp=\"\" posh=\"LEFT_INDEX\" env=\"P\" wadh=\"\"/><Demo></Demo><CustOpts><Param name=\"Param1\" value=\"\"/></CustOpts></PidOptions>\r\n",
        fType: 0, timeout: 20_000, posh: ["LEFT_INDEX"]),
    .init(
        number: 12,
        document:
            #"<PidOptions ver="1.0" env="P"><Opts fCount="1" fType="2" format="0" pidVer="2.0" timeout="20000" posh ="UNKNOWN" env="P" wadh=""/></PidOptions>"#,
        timeout: 20_000),
    .init(
        number: 13,
        document:
            #"<PidOptions ver='1.0'><Opts env='S' fCount='1' fType='2' format='0' pType='0' pCount='0' pgCount='0' pTimeout='10000' pidVer='2.0' otp='' wadh=''/><Demo></Demo><CustOpts></CustOpts><Bios></Bios></PidOptions>"#,
        env: "S"),
    .init(
        number: 14,
        document:
            #"<PidOptions ver="1.0"><Opts WADH="\#(consent)" fCount="1" fType="0" iCount="0" pCount="0" pgCount="2" format="0" pidVer="2.0" timeout="10000" pTimeout="20000" posh="UNKNOWN" env="PP"/><CustOpts><Param name="mantrakey" value=""/></CustOpts></PidOptions>"#,
        fType: 0, env: "PP", wadh: consent),
    .init(
        number: 15,
        document:
            #"<PidOptions ver="1.0"><Opts env="P" fCount="0" fType="0" iCount="1" iType="0" pCount="0" pType="0" format="0" pidVer="2.0" timeout="10000" otp="" wadh="" posh=""/><Demo></Demo><CustOpts></CustOpts></PidOptions>"#,
        fType: 0, iCount: 1, fCount: 0),
    .init(
        number: 16,
        document:
            #"<PidOptions ver="1.0"><Opts env="P" fCount="1" fType="2" format="0" iCount="0" pCount="0" pidVer="2.0" posh="UNKNOWN" timeout="30000" wadh="\#(local)"/><CustOpts><Param name="mantrakey" value=""/></CustOpts></PidOptions>"#,
        timeout: 30_000, wadh: local),
    .init(
        number: 17,
        document:
            #"<PidOptions ver="1.0" env="P"><Opts fCount="0" fType="1" iCount="1" iType="1" pCount="0" pType="" format="" timeout="" otp="" wadh="\#(local)" posh=""/><CustOpts><Param name="txnId" value="1"/><Param name="purpose" value="auth"/><Param name="language" value="en"/></CustOpts></PidOptions>"#,
        fType: 0, wadh: local, iCount: 1, fCount: 0),
    .init(
        number: 18,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="0" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="10000" posh="UNKNOWN" env="P" wadh=""/><Demo/><CustOpts/></PidOptions>"#,
        fType: 0),
    .init(
        number: 19,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="0" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="10000" otp="" wadh="" posh=""/></PidOptions>"#,
        fType: 0),
    .init(
        number: 20,
        document:
            #"<PidOptions ver="2.0"><Opts fCount="1" fType="2" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="10000" env="P"/><CustOpts></CustOpts></PidOptions>"#
    ),
    .init(
        number: 21,
        document:
            "<PidOptions ver=\"1.0\"><Opts fCount=\"1\" fType=\"2\"\n iCount=\"0\" itpye=\"\" pCount=\"0\" pgCount=\"0\"\n format=\"0\" pidVer=\"2.0\" timeout=\"20000\" pTimeout=\"\" posh=\"UNKNOWN\" env=\"P\"/><CustOpts><Param name=\"ValidationKey\" value=\"\"/></CustOpts>//</PidOptions>",
        timeout: 20_000),
    .init(
        number: 22,
        document:
            #"<PidOptions ver='1.0'><Opts fCount='1' fType='1' iCount='0' pCount='0' format='0' pidVer='2.0' timeout='10000' posh='UNKNOWN' env='PP'/><CustOpts></CustOpts></PidOptions>"#,
        fType: 1, env: "PP"),
    .init(
        number: 23,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="0" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="20000" otp="" posh="UNKNOWN" env="P" wadh=""/><Demo></Demo><CustOpts><Param name="ValidationKey" value=""/></CustOpts></PidOptions>"#,
        fType: 0, timeout: 20_000),
    .init(
        number: 24,
        document:
            "<PidOptions ver=\"1.0\">\n<Opts\nfCount=\"1\"\nfType=\"2\"\niCount=\"0\"\niType=\"0\"\npCount=\"0\"\npType=\"0\"\nformat=\"0\"\npidVer=\"2.0\"\ntimeout=\"10000\"\notp=\"\"\nposh=\"UNKNOWN\"\n/>\n</PidOptions>\n"
    ),
    .init(
        number: 25,
        document:
            #"<PidOptions ver="1.0"><Opts env="P" fCount="1" fType="2" iCount="0" format="0" pCount="0" pidVer="2.0" timeout="15000" wadh="\#(consent)" posh="UNKNOWN"/></PidOptions>"#,
        timeout: 15_000, wadh: consent),
    .init(
        number: 26,
        document:
            #"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><PidOptions ver="1.0"><Opts fCount="1" fType="2" iCount="0" iType="" pCount="0" pType="0" format="0" pidVer="2.0" timeout="10000" otp="" env="P" wadh="\#(consent)" posh="LEFT_THUMB"/><CustOpts><Param name="ValidationKey" value=""/></CustOpts></PidOptions>"#,
        posh: ["LEFT_THUMB"], wadh: consent),
    .init(
        number: 27,
        document:
            #"<PidOptions><Opts fCount="1" fType="0" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="20000" otp="" posh="LEFT_INDEX" env="P" wadh='\#(consent)'/><Demo></Demo></PidOptions>"#,
        fType: 0, timeout: 20_000, posh: ["LEFT_INDEX"], wadh: consent),
    .init(
        number: 28,
        document:
            "\n            <PidOptions ver=\"1.0\">\n                <Opts fCount=\"1\" fType=\"2\" format=\"0\" pidVer=\"2.0\" timeout=\"10000\" posh=\"UNKNOWN\" env=\"P\"/>\n            </PidOptions>"
    ),
    .init(
        number: 29,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="0" iCount="0" pCount="0" format="0" pidVer="2.0" timeout="10000" wadh="" posh="UNKNOWN" env="P"/></PidOptions>"#,
        fType: 0),
    .init(
        number: 30,
        document:
            "<PidOptions ver=\"1.0\">\r\n<Opts env=\"P\" fCount=\"1\" fType=\"2\" format=\"0\" iType=\"\" pCount=\"0\" pidVer=\"2.0\" posh=\"UNKNOWN\" timeout=\"20000\" wadh=\"\(consent)\"/>\r\n</PidOptions>",
        timeout: 20_000, wadh: consent),
    .init(
        number: 31,
        document:
            #"<PidOptions ver="1.0"><Opts fCount="1" fType="0" iCount="0" pCount="0" pgCount="2" format="0" pidVer="2.0" timeout="10000" pTimeout="20000" posh="UNKNOWN" env="P"/><CustOpts><Param name="mantrakey" value=""/></CustOpts></PidOptions>"#,
        fType: 0),
]
