// Aadhaar numbers and one-time passwords as people give them.
import EkoAPI
import Secrets
import Testing

private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

struct AadhaarTests {
    @Test(arguments: ["999941057058", " 999941057058\n", "9999 4105 7058"])
    func `A number is read with the blanks people leave`(text: String) throws {
        let number = try Aadhaar(parsing: secret(text))
        #expect(number.digits.isEqual(to: secret("999941057058")))
    }

    @Test func `A number prints masked, and nothing else shows it`() throws {
        let number = try Aadhaar(parsing: secret("999941057058"))
        #expect("\(number)" == "XXXXXXXX7058")
        var dumped = ""
        dump(number, to: &dumped)
        #expect(!dumped.contains("99994105"))
    }

    @Test(arguments: [
        ("99994105705", "aadhaar-length"), ("9999410570580", "aadhaar-length"), ("", "aadhaar-length"),
        ("199941057058", "aadhaar-first-digit"), ("099941057058", "aadhaar-first-digit"),
        ("99994105705x", "aadhaar-not-digits"), ("9999-4105-7058", "aadhaar-not-digits"),
        ("99994 1057058", "aadhaar-not-digits"), ("٩٩٩٩٤١٠٥٧٠٥٨", "aadhaar-not-digits"),
    ])
    func `What is no Aadhaar number is refused without repeating it`(text: String, code: String) throws {
        let error = try #require(throws: InvalidInput.self) { try Aadhaar(parsing: secret(text)) }
        #expect(error.code == code)
        #expect(text.isEmpty || !"\(error)".contains(text))
    }

    @Test(arguments: [
        ("999941057058", true), ("999999990019", true), ("234567890123", false), ("999941057059", false),
        ("999941075058", false),
    ])
    func `The check digit tells real numbers from Eko's examples and from slips`(text: String, valid: Bool) throws {
        #expect(try Aadhaar(parsing: secret(text)).hasValidCheckDigit == valid)
    }

    @Test func `Exactly one of ten last digits is right`() throws {
        for prefix in ["23456789012", "99994105705", "87654321098"] {
            let valid = try (0...9).filter { try Aadhaar(parsing: secret("\(prefix)\($0)")).hasValidCheckDigit }
            #expect(valid.count == 1)
        }
    }
}

struct OneTimePasswordTests {
    @Test func `Leading zeros stay and nothing is shown`() throws {
        let password = try OneTimePassword(parsing: secret("004512\n"))
        #expect(password.digits.isEqual(to: secret("004512")))
        #expect("\(password)" == "******")
    }

    @Test(arguments: ["", "123", "12345678901", "12a456", "12 456"])
    func `What is no OTP is refused`(text: String) {
        #expect(throws: InvalidInput.self) { try OneTimePassword(parsing: secret(text)) }
    }
}

struct WadhTests {
    @Test(arguments: [
        ("2.5FYNNN", "E0jzJ/P8UopUHAieZn8CKqS4WPMi5ZSYXgfnlfkWjrc="),
        ("2.5FYYYN", "18f4CEiXeXcfGXvgWA/blxD+w2pw7hfQPY45JMytkPw="),
        ("2.1FYNNN", "rhVuL7SnJi2W2UmsyukVqY7c93JWyL9O/kVKgdNMfv8="),
    ])
    func `A wadh and its parameters are found from each other`(input: String, value: String) {
        #expect(Wadh(input: input).value == value)
        #expect(Wadh(value: value)?.input == input)
    }

    @Test func `A value that no parameters give is said to be unknown`() {
        #expect(Wadh(value: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") == nil)
    }
}
