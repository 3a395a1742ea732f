// Every operation of both profiles, as talkative as it gets: nothing that is secret is said.
import EkoAPI
import FoundationEssentials
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RedactionTests {
    private static let pan = "ABCDE1234F"

    /// A command line that gives every field of an operation.
    private func words(_ operation: EkoAPI.Operation, _ rig: SandboxRig, _ pan: String) -> [String] {
        var words = operation.words.split(separator: " ").map(String.init)
        for field in operation.fields where !["initiator_id", "user_code", "piddata"].contains(field.name) {
            let value =
                switch field.format {
                case .mobile: "9123456789"
                case .number: "1"
                case .amount: "6000"
                case .clientReference: "TILL7-\(UInt32.random(in: 0..<1_000_000))"
                case .transaction, .reference: "666803844"
                case .name: "Asha Rao"
                case .date: "1990-01-31"
                case .place: "28.6139,77.2090"
                case .bankCode: "HDFC"
                case .address: "line=12 Park Road;city=Pune;state=MH;pincode=411001;district=Pune;area=Camp"
                case .aadhaar, .encryptedAadhaar: rig.client.aadhaarFile
                case .oneTimePassword: rig.client.folder.file("six")
                case .pan: pan
                case .pid: ""
                }
            words += ["--\(field.option)", value]
        }
        return words + (operation.aadhaarField == nil ? [] : ["--consent"])
    }

    /// What must not be said: the secrets as they are, and whatever looks like a signature, a number under a key or a PID.
    private func finds(_ text: String) -> [String] {
        let secrets = [Client.accessKey, Client.aadhaar, Client.developerKey, "078451", Self.pan]
        var found = secrets.filter { text.contains($0) }
        // A signature has 44 characters, a number under Fingpay's key 172; DigiKhata's references lie in between.
        let base64 = text.matches(of: /[A-Za-z0-9+\/]{43,}=*/).map { String($0.output) }
        found += base64.filter { $0.count == 44 && $0.hasSuffix("=") ? Wadh(value: $0) == nil : $0.count >= 172 }
        return found + ["PidData>", "Skey", "<Data"].filter { text.contains($0) }
    }

    @Test(arguments: APIProfile.allCases)
    func `No operation says a secret, whether it is sent, refused, made up for a dry run or lost on the way`(
        profile: APIProfile
    ) throws {
        let rig = try SandboxRig(profile.rawValue)
        _ = try rig.client.folder.write("six", "078451\n".utf8)
        let pan = try rig.client.folder.write("pan", "\(Self.pan)\n".utf8)
        let operations = Catalogue(profile).operations
        #expect(operations.count == 22)
        for operation in operations {
            let words = words(operation, rig, pan)
            let dry = try rig.client.run(words + ["--dry-run", "-v"])
            #expect(dry.status == 0, "\(operation.name): \(dry.errors)")
            #expect(dry.output.contains("sent: nothing"))
            #expect(operation.aadhaarField == nil || dry.output.contains("XXXXXXXX7058"))
            let sent = try rig.client.run(words + ["-v", "--json"])
            #expect([0, 3, 4].contains(sent.status), "\(operation.name): \(sent.text)")
            #expect(sent.errors.contains("request: \(operation.method) https://"))
            #expect(sent.errors.contains("answer: HTTP 200"))
            let lost = try rig.client.run(words + ["-v", "--base-url", "https://127.0.0.1:1"])
            #expect(lost.status == 69)
            for text in [dry.text, sent.text, lost.text] { #expect(finds(text) == [], "\(operation.name)") }
        }
        // The record of consents names each number by its last four digits.
        let record = try readFile(rig.client.folder.file("ekyc-client/consent.log"), limit: 1 << 16)
        #expect(finds(String(decoding: record, as: UTF8.self)) == [])
        #expect(String(decoding: record, as: UTF8.self).contains("XXXXXXXX7058"))
        // The sandbox, which does know them, is no teller either.
        #expect(!rig.log.contains(Client.aadhaar) && !rig.log.contains(Client.accessKey))
    }

    @Test func `What is looked for is found where it is`() {
        #expect(finds("key \(Client.accessKey)") == [Client.accessKey])
        #expect(finds("aJXK5IaC2KjK9t8pWd9Fq2YgAtwrhERDvB+heDpor84=").count == 1)
        #expect(finds("wadh E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc=") == [])
    }
}
