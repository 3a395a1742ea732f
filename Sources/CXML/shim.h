// libxml2 for Swift: xmlFree is a mutable global function pointer, whose access Swift 6 refuses.
#ifndef CXML_SHIM_H
#define CXML_SHIM_H
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlwriter.h>
static inline void cxml_free(void *pointer) { xmlFree(pointer); }
#endif
