// USB devices that do not let a program in: preloaded, opening them fails while the file DENIED_WHILE exists, as before udev
// has given them their group, and claiming an interface while HELD_WHILE exists, as when another program has claimed it.
// A reset of a device is noted by making the file RESET_MARK.
// Links to umockdev's files read as those to the real ones, so that a holder can be found in /proc.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int applies(const char *variable) {
    const char *file = getenv(variable);
    return file && access(file, F_OK) == 0;
}

static int opened(const char *function, const char *path, int flags, int mode) {
    if (strncmp(path, "/dev/bus/usb/", 13) == 0 && applies("DENIED_WHILE")) {
        errno = EACCES;
        return -1;
    }
    int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...)) dlsym(RTLD_NEXT, function);
    return next(path, flags, mode);
}

static int mode_of(int flags, va_list arguments) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, int) : 0; }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list arguments; \
        va_start(arguments, flags); \
        int mode = mode_of(flags, arguments); \
        va_end(arguments); \
        return opened(#name, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
int __open_2(const char *path, int flags) { return opened("open", path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened("open64", path, flags, 0); }

int ioctl(int file, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (request == USBDEVFS_CLAIMINTERFACE && applies("HELD_WHILE")) {
        errno = EBUSY;
        return -1;
    }
    if (request == USBDEVFS_RESET && getenv("RESET_MARK")) close(creat(getenv("RESET_MARK"), 0600));
    int (*next)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...)) dlsym(RTLD_NEXT, "ioctl");
    return next(file, request, argument);
}

ssize_t readlink(const char *path, char *target, size_t size) {
    ssize_t (*next)(const char *, char *, size_t) = (ssize_t (*)(const char *, char *, size_t)) dlsym(RTLD_NEXT, "readlink");
    ssize_t length = next(path, target, size);
    const char *root = getenv("UMOCKDEV_DIR");
    size_t prefix = root ? strlen(root) : 0;
    if (prefix == 0 || length <= (ssize_t) prefix || strncmp(target, root, prefix) != 0) return length;
    memmove(target, target + prefix, length - prefix);
    return length - prefix;
}
