// Standard input, output and error when whoever started the program left them closed.
import Glibc

/// Takes the numbers 0 to 2 where they are free, so that nothing opened later is mistaken for standard input, output or error.
///
/// Call it before anything else in `main`. What takes their place refuses the use that the number is meant for, with EBADF,
/// as a closed descriptor does.
package func reserveStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
        // The lowest free number is the one given, and all below are taken by now.
        _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
}
