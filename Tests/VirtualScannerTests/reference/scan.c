// The independent reader: what libfprint's own drivers make of a simulated scanner.
// scan capture COUNT PREFIX [MS]   COUNT captures, each given up after MS milliseconds; pictures go to PREFIX-K.pgm
// scan verify COUNT                enrols one finger, then compares COUNT touches with it
#include <libfprint-2/fprint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *domain(GError *error) {
    if (error->domain == FP_DEVICE_RETRY) return "retry";
    if (error->domain == FP_DEVICE_ERROR) return "error";
    return error->domain == G_IO_ERROR && error->code == G_IO_ERROR_CANCELLED ? "cancelled" : "other";
}

static int report(GError *error) {
    printf("%s %d\n", domain(error), error->code);
    int removed = error->domain == FP_DEVICE_ERROR && error->code == FP_DEVICE_ERROR_REMOVED;
    g_error_free(error);
    return removed;
}

static gboolean give_up(gpointer cancellable) {
    g_cancellable_cancel(cancellable);
    return G_SOURCE_REMOVE;
}

// "needed": the device waits for a finger; what is sent to the virtual device between two captures is lost.
static void on_status(FpDevice *device, GParamSpec *property, gpointer data) {
    if (fp_device_get_finger_status(device) == FP_FINGER_STATUS_NEEDED) printf("needed\n");
}

static void capture(FpDevice *device, int count, const char *prefix, int milliseconds) {
    for (int k = 0; k < count; k++) {
        GError *error = NULL;
        GCancellable *cancellable = g_cancellable_new();
        guint timer = milliseconds ? g_timeout_add(milliseconds, give_up, cancellable) : 0;
        FpImage *image = fp_device_capture_sync(device, TRUE, cancellable, &error);
        if (timer && !g_cancellable_is_cancelled(cancellable)) g_source_remove(timer);
        g_object_unref(cancellable);
        if (!image) {
            if (report(error)) return;
            continue;
        }
        gsize length = 0;
        const guchar *pixels = fp_image_get_data(image, &length);
        char *path = g_strdup_printf("%s-%d.pgm", prefix, k);
        FILE *file = fopen(path, "wb");
        fprintf(file, "P5\n%u %u\n255\n", fp_image_get_width(image), fp_image_get_height(image));
        fwrite(pixels, 1, length, file);
        fclose(file);
        g_free(path);
        printf("image %u %u %u\n", fp_image_get_width(image), fp_image_get_height(image),
               fp_image_get_minutiae(image)->len);
        g_object_unref(image);
    }
}

static void verify(FpDevice *device, int count) {
    GError *error = NULL;
    FpPrint *print = fp_device_enroll_sync(device, fp_print_new(device), NULL, NULL, NULL, &error);
    if (!print) {
        report(error);
        return;
    }
    printf("enrolled\n");
    for (int k = 0; k < count; k++) {
        gboolean match = FALSE;
        if (fp_device_verify_sync(device, print, NULL, NULL, NULL, &match, NULL, &error)) printf("%d\n", match);
        else report(error);
        error = NULL;
    }
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    GError *error = NULL;
    FpContext *context = fp_context_new();
    GPtrArray *devices = fp_context_get_devices(context);
    if (argc < 3 || devices->len == 0) return 2;
    FpDevice *device = g_object_ref(g_ptr_array_index(devices, 0));
    printf("driver %s\n", fp_device_get_driver(device));
    g_signal_connect(device, "notify::finger-status", G_CALLBACK(on_status), NULL);
    if (!fp_device_open_sync(device, NULL, &error)) return report(error), 3;
    if (!strcmp(argv[1], "verify")) verify(device, atoi(argv[2]));
    else capture(device, atoi(argv[2]), argv[3], argc > 4 ? atoi(argv[4]) : 0);
    fp_device_close_sync(device, NULL, NULL);
    g_object_unref(device);
    return 0;
}
