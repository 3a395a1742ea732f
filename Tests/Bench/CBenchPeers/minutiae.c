// libfprint's minutiae detection as a C program would call it.
#include <malloc.h>

#include "../../../Sources/CFPrint/shim.h"
#include "include/CBenchPeers.h"

struct search {
    gboolean is_over;
    int found;
};

static void over(GObject *image, GAsyncResult *result, gpointer user) {
    struct search *search = user;
    GError *error = NULL;
    search->is_over = TRUE;
    if (fp_image_detect_minutiae_finish(FP_IMAGE(image), result, &error))
        search->found = (int) fp_image_get_minutiae(FP_IMAGE(image))->len;
    g_clear_error(&error);
}

void cbench_keep_freed_memory(void) { mallopt(M_PERTURB, 0); }

int cbench_minutiae(const uint8_t *pixels, int width, int height, double pixels_per_millimetre) {
    // A context of our own, since the thread of pidd's scanner part owns the default one.
    static GMainContext *context;
    struct search search = {FALSE, -1};
    gsize length = 0;
    if (!context) context = g_main_context_new();
    g_main_context_push_thread_default(context);
    FpImage *image = fp_image_new(width, height);
    memcpy((void *) fp_image_get_data(image, &length), pixels, (size_t) width * (size_t) height);
    if (cfprint_image_layout_holds(image)) cfprint_image_set_ppmm(image, pixels_per_millimetre);
    fp_image_detect_minutiae(image, NULL, over, &search);
    while (!search.is_over) g_main_context_iteration(context, TRUE);
    g_object_unref(image);
    g_main_context_pop_thread_default(context);
    return search.found;
}
