// The program: its commands, and the one place where a failure becomes an exit status.
import Arguments
import Platform

/// The program `ekyc-client`.
package enum EkycClient {
    package static let version = "0.1.0"

    /// Runs one command line.
    ///
    /// - Parameters:
    ///   - arguments: the words after the program's name.
    ///   - interruption: watches for the signals that end the run.
    /// - Returns: the exit status, an `ExitCode` or 128 and the number of the signal.
    package static func run(_ arguments: [String], interruption: Interruption) async -> Int32 {
        do {
            return try await program(interruption).run(arguments)
        } catch {
            say("ekyc-client: \(error)")
            return ExitCode.internalError.rawValue
        }
    }

    private static let notes = """
        Settings come from the command line, then the environment, then
        $XDG_CONFIG_HOME/ekyc-client/config, then /etc/ekyc-client.conf (sections [pidd] and [eko]).
        Secrets come from files of mode 0600 or standard input, never from the command line.

        \(ExitCode.table)
        """

    private static func program(_ interruption: Interruption) -> Program {
        var entries: [Program.Entry] = [entry(CaptureCommands.capture, interruption, CaptureCommands.capture)]
        for (command, action) in OperationCommands.all + FlowCommands.all {
            // One name for the capture, the record of consent and any error.
            entries.append(bind(command, interruption) { run throws(Failure) in try action(run.named()) })
        }
        entries += [
            entry(DeskCommands.status, interruption, DeskCommands.status),
            entry(DeskCommands.events, interruption, DeskCommands.events),
            entry(DeskCommands.cancel, interruption, DeskCommands.cancel),
            Program.Entry(DoctorCommand.doctor, defaults: { Options() }) { DoctorCommand.run($0) },
            entry(CaptureCommands.info, interruption, CaptureCommands.info),
            entry(CaptureCommands.wadh, interruption, CaptureCommands.wadh),
        ]
        entries.append(
            entry(ShellCommands.completion, interruption) { run throws(Failure) in
                let text = program(interruption).completion(run.options.shell ?? .bash)
                try Console.write(Array(text.utf8))
            })
        entries.append(
            entry(ShellCommands.manual, interruption) { run throws(Failure) in
                let page = program(interruption).manual(date: "November 21, 2026", sections: ShellCommands.sections)
                try Console.write(Array(page.utf8))
            })
        return Program(
            "ekyc-client", summary: "Captures a finger through pidd and submits it to Eko's eKYC services.",
            version: version, notes: notes, entries, report: { error, arguments in tell(error, arguments) })
    }

    /// Tells of a usage error, as an object when the command line says so: its options could not be read.
    private static func tell(_ error: ArgumentError, _ arguments: [String]) {
        guard arguments.prefix(while: { $0 != "--" }).contains("--json") else {
            say("ekyc-client: \(error)")
            say("Try 'ekyc-client --help'.")
            return
        }
        let step = error.nextStep.isEmpty ? "see: ekyc-client --help" : error.nextStep
        say(Failure(.usage, error.code, error.cause, nextStep: step).json)
    }

    /// Binds a command that either fails or is done.
    private static func entry(
        _ command: Command<Options>, _ interruption: Interruption,
        _ action: @escaping @Sendable (Run) throws(Failure) -> Void
    ) -> Program.Entry {
        bind(command, interruption) { run throws(Failure) in
            try action(run)
            return .done
        }
    }

    /// Binds a command to its action, with the settings read and failures told.
    private static func bind(
        _ command: Command<Options>, _ interruption: Interruption,
        _ action: @escaping @Sendable (Run) throws(Failure) -> ExitCode
    ) -> Program.Entry {
        Program.Entry(command, defaults: { Options() }) { options in
            let console = Console(options)
            do throws(Failure) {
                let run = Run(
                    options: options, configuration: try Configuration(options), console: console,
                    interruption: interruption)
                return try action(run).rawValue
            } catch {
                if error.exit != .readerGone { console.fail(error) }
                // That Eko may have acted matters more than why nobody waited for its answer.
                guard error.exit != .unknownOutcome else { return error.exit.rawValue }
                return interruption.exitStatus ?? error.exit.rawValue
            }
        }
    }
}
