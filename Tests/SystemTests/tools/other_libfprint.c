// A libfprint that is not as known: preloaded, its private structures lie elsewhere (OTHER_LIBFPRINT=moved), or lie where they did
// and mean something else (OTHER_LIBFPRINT=turned: directions count from straight down).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int is(const char *word) {
    const char *value = getenv("OTHER_LIBFPRINT");
    return value && strcmp(value, word) == 0;
}

// What the public function tells is then not what stands at the known place.
double fp_image_get_ppmm(void *image) {
    double (*next)(void *) = (double (*)(void *)) dlsym(RTLD_NEXT, "fp_image_get_ppmm");
    return is("moved") ? next(image) + 1 : next(image);
}

struct pointers {
    void **data;
    unsigned length;
};

int fp_image_detect_minutiae_finish(void *image, void *result, void **error) {
    int (*next)(void *, void *, void **) =
        (int (*)(void *, void *, void **)) dlsym(RTLD_NEXT, "fp_image_detect_minutiae_finish");
    struct pointers *(*minutiae)(void *) = (struct pointers *(*) (void *)) dlsym(RTLD_DEFAULT, "fp_image_get_minutiae");
    int succeeded = next(image, result, error);
    struct pointers *found = succeeded && is("turned") ? minutiae(image) : NULL;
    for (unsigned i = 0; found && i < found->length; i++) {
        int *direction = (int *) found->data[i] + 4;  // after x, y, ex, ey
        *direction = (*direction + 16) % 32;
    }
    return succeeded;
}
