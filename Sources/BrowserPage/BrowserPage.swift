// The page that a browser shows at the loopback door: its files, built in.

/// The files of the page, which need nothing but each other.
package enum BrowserPage {
    /// A file and the type that it is served as.
    package struct File: Sendable {
        package let type: String
        package let bytes: [UInt8]
    }

    /// The page itself.
    package static let document = File(type: "text/html; charset=utf-8", bytes: PackageResources.page_html)

    /// The file at a path of the door; nil when there is none.
    package static func file(_ path: String) -> File? {
        switch path {
        case "/": document
        case "/page.css": File(type: "text/css; charset=utf-8", bytes: PackageResources.page_css)
        case "/page.js": File(type: "text/javascript; charset=utf-8", bytes: PackageResources.page_js)
        case "/page.svg": File(type: "image/svg+xml", bytes: PackageResources.page_svg)
        default: nil
        }
    }
}
