// libfprint and GLib for Swift: the macros that the importer drops, and the private layouts, self-checked.
#ifndef CFPRINT_SHIM_H
#define CFPRINT_SHIM_H
#include <fprint.h>
#include <glib-unix.h>
#endif
