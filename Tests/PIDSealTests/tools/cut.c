// LD_PRELOAD: kills the program at the Nth change that it makes to files, a write after some of its bytes.
//
// PIDD_CUT is N, counted from 1; PIDD_CUT_BYTES how many bytes of a write still happen; without PIDD_CUT the program lives and
// the file PIDD_CUT_COUNT gets the number of changes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static long changes;

static int is_last(void) {
    const char *cut = getenv("PIDD_CUT");
    return ++changes == (cut ? atol(cut) : -1);
}

static void end(void) { kill(getpid(), SIGKILL); }

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count) {
    struct stat status;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && is_last()) {
        const char *part = getenv("PIDD_CUT_BYTES");
        size_t some = part ? (size_t)atol(part) : 0;
        if (count > 0) REAL(write)(descriptor, bytes, some % count);
        end();
    }
    return REAL(write)(descriptor, bytes, count);
}

static mode_t mode_of(int flags, va_list arguments) { return flags & O_CREAT ? va_arg(arguments, mode_t) : 0; }

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    if (flags & (O_CREAT | O_WRONLY | O_TRUNC) && is_last()) end();
    return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    if (flags & (O_CREAT | O_WRONLY | O_TRUNC) && is_last()) end();
    return REAL(open64)(path, flags, mode);
}

int fsync(int descriptor) {
    if (is_last()) end();
    return REAL(fsync)(descriptor);
}

int rename(const char *from, const char *to) {
    if (is_last()) end();
    return REAL(rename)(from, to);
}

int renameat2(int one, const char *from, int other, const char *to, unsigned flags) {
    if (is_last()) end();
    return REAL(renameat2)(one, from, other, to, flags);
}

int unlink(const char *path) {
    if (is_last()) end();
    return REAL(unlink)(path);
}

int rmdir(const char *path) {
    if (is_last()) end();
    return REAL(rmdir)(path);
}

int mkdir(const char *path, mode_t mode) {
    if (is_last()) end();
    return REAL(mkdir)(path, mode);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("PIDD_CUT_COUNT");
    if (path == NULL) return;
    FILE *file = fopen(path, "we");
    if (file == NULL) return;
    fprintf(file, "%ld\n", changes);
    fclose(file);
}
