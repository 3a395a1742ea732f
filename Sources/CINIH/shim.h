// inih for Swift: a small INI reader; no variadics, nothing to add.
#ifndef CINIH_SHIM_H
#define CINIH_SHIM_H
#include <ini.h>
#endif
