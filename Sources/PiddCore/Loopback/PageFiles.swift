// The page for browsers, as answers.
import BrowserPage
import HTTPWire

/// Answers with the files of the page.
struct PageFiles: Sendable {
    /// The answer to a GET of one of the paths of the page.
    func response(_ path: String) -> HTTPResponse {
        let file = BrowserPage.file(path) ?? BrowserPage.document
        return HTTPResponse(
            status: 200,
            headers: [
                "Content-Type": file.type, "Cache-Control": "no-cache", "Content-Security-Policy": Self.policy,
                "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
            ], body: file.bytes)
    }

    /// Nothing from elsewhere, nothing inline, nobody may frame it.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types pidd"
}
