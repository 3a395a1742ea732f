// What makes the program at home in a shell: completion and the manual page, both made from the declarations.
import Arguments

/// Commands about the program itself.
enum ShellCommands {
    static let completion = Command<Options>(
        "ekyc-client completion", summary: "Prints the completion script for bash, zsh or fish.",
        notes: """
            Example:
              ekyc-client completion bash > ~/.local/share/bash-completion/completions/ekyc-client
            """,
        [.operand("SHELL", help: "bash, zsh or fish", \.shell)])

    static let manual = Command<Options>(
        "ekyc-client manual", summary: "Prints the manual page, ekyc-client(1).",
        notes: """
            Example:
              ekyc-client manual | man -l -
            """, [])

    /// What the manual says after the commands and options.
    static let sections: [(title: String, text: String)] = [
        (
            "ENVIRONMENT",
            """
            Most options have a variable, which the help of a command names between brackets.
            XDG_RUNTIME_DIR, or else XDG_STATE_HOME, holds the time of the last signature, which no two may share.
            XDG_STATE_HOME also holds the record of consents and the states of flows.
            CREDENTIALS_DIRECTORY may hold eko-access-key, eko-developer-key and eko-fingpay-key.
            NO_COLOR keeps prompts without colors.
            """
        ),
        (
            "FILES",
            """
            $XDG_CONFIG_HOME/ekyc-client/config and /etc/ekyc-client.conf are the settings, sections [pidd] and [eko].
            """
        ),
        ("EXIT STATUS", ExitCode.table.split(separator: "\n").dropFirst().joined(separator: "\n")),
        ("EXAMPLES", "ekyc-client flow fino --customer 9123456789 --aadhaar-file aadhaar --consent"),
        ("SEE ALSO", "pidd(8)"),
    ]
}
