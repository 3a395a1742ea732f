// libxml2 for Swift: what Swift cannot call, and memory that is wiped when libxml2 gives it back.
#ifndef CXML_SHIM_H
#define CXML_SHIM_H
#include <libxml/xmlversion.h>
// libxml2's headers would bring in those of ICU, of which Swift's Foundation has another version: a module that sees both does
// not compile. Only the end of a struct that is libxml2's own depends on it.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlwriter.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

// libxml2 copies what it reads and writes into buffers of its own: OTPs, names, PID plaintext. It never wipes them, so
// every block is wiped here. glibc's malloc_usable_size knows how long a block is.
static inline void cxml_wiping_free(void *block) {
    if (block == NULL) return;
    explicit_bzero(block, malloc_usable_size(block));
    free(block);
}

static inline void *cxml_wiping_realloc(void *block, size_t size) {
    if (block == NULL) return malloc(size);
    void *moved = malloc(size);
    if (moved == NULL) return NULL;
    size_t old = malloc_usable_size(block);
    memcpy(moved, block, old < size ? old : size);
    cxml_wiping_free(block);
    return moved;
}

/// Prepares libxml2 for all threads; to be called once, before anything else of libxml2. 0 means success.
static inline int cxml_start(void) {
    int status = xmlMemSetup(cxml_wiping_free, malloc, cxml_wiping_realloc, strdup);
    xmlInitParser();
    return status;
}
#endif
