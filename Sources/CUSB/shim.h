// libusb for Swift: libusb_set_option is variadic.
#ifndef CUSB_SHIM_H
#define CUSB_SHIM_H
#include <libusb.h>

/// Sets how much the context prints to standard error.
static inline int cusb_set_log_level(libusb_context *context, int level) {
    return libusb_set_option(context, LIBUSB_OPTION_LOG_LEVEL, level);
}
#endif
