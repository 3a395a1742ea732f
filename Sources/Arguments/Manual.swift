// A manual page in mdoc, written from the declarations of a program's commands.

extension Program {
    /// The manual page, section 1, for `mandoc` and `man`.
    ///
    /// - Parameters:
    ///   - date: of the page, such as `November 21, 2026`.
    ///   - sections: title and paragraphs of what follows the commands.
    /// - Returns: mdoc text.
    package func manual(date: String, sections: [(title: String, text: String)]) -> String {
        let line = summary.hasSuffix(".") ? String(summary.dropLast()) : summary
        var page = """
            .Dd \(date)
            .Dt \(name.uppercased()) 1
            .Os
            .Sh NAME
            .Nm \(name)
            .Nd \(Self.roff(line.prefix(1).lowercased() + line.dropFirst()))
            .Sh SYNOPSIS
            .Nm
            .Ar command
            .Op Ar option ...
            .Sh DESCRIPTION
            \(Self.roff(summary))
            The commands are:
            .Bl -tag -width Ds

            """
        for entry in entries {
            page += ".It Ic \(Self.roff(entry.words.joined(separator: " ")))\n\(Self.roff(entry.summary))\n"
        }
        page +=
            ".El\n.Sh OPTIONS\nNot every command takes every option;\n.Nm\n.Ar command\n.Fl \\-help\nlists those it takes.\n"
        page += ".Bl -tag -width Ds\n"
        var seen: Set<String> = []
        let options = described.flatMap(\.options).filter { seen.insert($0.long).inserted }
        for option in options.sorted(by: { $0.long < $1.long }) {
            let value = option.placeholder.isEmpty ? "" : " Ar \(Self.roff(option.placeholder))"
            let short = option.short.map { "Fl \($0) , " } ?? ""
            page += ".It \(short)Fl \\-\(Self.roff(option.long))\(value)\n\(Self.roff(option.help))\n"
        }
        page += ".El\n"
        for (title, text) in sections {
            page += ".Sh \(title)\n"
            for paragraph in text.split(separator: "\n") { page += "\(Self.roff(paragraph.drop { $0 == " " }))\n.br\n" }
            page.removeLast(4)
        }
        return page
    }

    /// A text whose signs mean nothing to roff.
    private static func roff(_ text: some StringProtocol) -> String {
        let escaped = text.map { $0 == "\\" ? "\\e" : $0 == "-" ? "\\-" : String($0) }.joined()
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
