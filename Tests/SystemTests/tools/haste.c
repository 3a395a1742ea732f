// Lets time run faster for GLib, and for nobody else: preloaded, it multiplies the monotonic clock that GLib reads.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/syscall.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    static struct timespec start;
    static int factor;
    int result = (int) syscall(SYS_clock_gettime, clock, time);
    if (clock != CLOCK_MONOTONIC || result != 0) return result;
    Dl_info caller;
    if (!dladdr(__builtin_return_address(0), &caller) || !strstr(caller.dli_fname, "libglib-2.0")) return result;
    if (!factor) {
        const char *text = getenv("HASTE");
        start = *time;
        factor = text ? atoi(text) : 1;
    }
    long long passed = (time->tv_sec - start.tv_sec) * 1000000000LL + (time->tv_nsec - start.tv_nsec);
    passed = passed * factor + start.tv_nsec;
    time->tv_sec = start.tv_sec + passed / 1000000000LL;
    time->tv_nsec = passed % 1000000000LL;
    return 0;
}
