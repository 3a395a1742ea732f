// libfprint and GLib for Swift: the macros that the importer drops, and the private layouts, self-checked.
#ifndef CFPRINT_SHIM_H
#define CFPRINT_SHIM_H
#include <dlfcn.h>
#include <fprint.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <string.h>

// Signals ---------------------------------------------------------------------------------------------------------

/// Connects `handler` (of the signal's own C type) with `data`; the id is for g_signal_handler_disconnect.
static inline gulong cfprint_connect(gpointer object, const char *signal, GCallback handler, gpointer data) {
    return g_signal_connect_data(object, signal, handler, data, NULL, (GConnectFlags) 0);
}

// Pictures and minutiae -------------------------------------------------------------------------------------------

/// FpMinutia is opaque in the public headers; this layout is the same in 1.94.0 to 1.94.9, and tried on a drawn picture before it is used.
typedef struct {
    int x, y, ex, ey, direction;
    double reliability;
    int type, appearing, feature_id;
    int *nbrs, *ridge_counts;
    int num_nbrs;
} cfprint_minutia;

/// FpImage likewise; needed to set the resolution before a detection, which has no public function.
typedef struct {
    GObject parent;
    guint width, height;
    gdouble ppmm;
    guint flags;
    guint8 *data, *binarized;
    GPtrArray *minutiae;
} cfprint_image;

/// Whether every field that has a public getter lies where `cfprint_image` says.
static inline gboolean cfprint_image_layout_holds(FpImage *image) {
    GTypeQuery query;
    gsize length = 0, ignored = 0;
    cfprint_image *fields = (cfprint_image *) (void *) image;
    g_type_query(fp_image_get_type(), &query);
    return query.instance_size >= sizeof *fields && query.instance_size <= sizeof *fields + 8 &&
           fields->width == fp_image_get_width(image) && fields->height == fp_image_get_height(image) &&
           fields->data == fp_image_get_data(image, &length) && length == (gsize) fields->width * fields->height &&
           fields->ppmm == fp_image_get_ppmm(image) && fields->binarized == fp_image_get_binarized(image, &ignored) &&
           fields->minutiae == fp_image_get_minutiae(image);
}

/// Sets pixels per millimetre; only after `cfprint_image_layout_holds`.
static inline void cfprint_image_set_ppmm(FpImage *image, double ppmm) {
    ((cfprint_image *) (void *) image)->ppmm = ppmm;
}

/// Copies a minutia out when its coordinates are where the public getter says and every field is in its range.
static inline gboolean cfprint_minutia_read(gconstpointer minutia, cfprint_minutia *copy) {
    int x = -1, y = -1;
    const cfprint_minutia *fields = (const cfprint_minutia *) minutia;
    fp_minutia_get_coords((FpMinutia *) minutia, &x, &y);
    if (fields->x != x || fields->y != y || fields->direction < 0 || fields->direction > 31 || fields->type < 0 ||
        fields->type > 1 || !(fields->reliability >= 0.0 && fields->reliability <= 1.0))
        return FALSE;
    *copy = *fields;
    return TRUE;
}

/// Overwrites what libfprint holds of a picture: grey values, binarized picture and, where their layout holds, minutiae.
///
/// The memory is libfprint's own heap, lent as const but never mapped so.
static inline void cfprint_image_wipe(FpImage *image) {
    gsize length = 0;
    void *bytes = (void *) fp_image_get_data(image, &length);
    if (bytes) explicit_bzero(bytes, length);
    bytes = (void *) fp_image_get_binarized(image, &length);
    if (bytes) explicit_bzero(bytes, length);
    GPtrArray *minutiae = fp_image_get_minutiae(image);
    for (guint i = 0; minutiae && i < minutiae->len; i++) {
        cfprint_minutia copy;
        cfprint_minutia *fields = (cfprint_minutia *) minutiae->pdata[i];
        // The pointers behind these fields stay: libfprint frees what they point to.
        if (cfprint_minutia_read(fields, &copy)) explicit_bzero(fields, offsetof(cfprint_minutia, appearing));
        explicit_bzero(&copy, sizeof copy);
    }
}

// Identity --------------------------------------------------------------------------------------------------------

/// The `libusb_device *` behind a device, borrowed for as long as the device lives; NULL for others or when not known.
///
/// libfprint keeps it in a private property; both steps check that the property exists, may be read and has the type.
static inline void *cfprint_usb_device(FpDevice *device) {
    GParamSpec *known = g_object_class_find_property(G_OBJECT_GET_CLASS(device), "fpi-usb-device");
    if (!known || !(known->flags & G_PARAM_READABLE) || !g_type_is_a(known->value_type, G_TYPE_OBJECT)) return NULL;
    GObject *wrapper = NULL;
    g_object_get(device, "fpi-usb-device", &wrapper, NULL);
    if (!wrapper) return NULL;
    void *usb = NULL;
    known = g_object_class_find_property(G_OBJECT_GET_CLASS(wrapper), "libusb-device");
    if (known && (known->flags & G_PARAM_READABLE) && known->value_type == G_TYPE_POINTER)
        g_object_get(wrapper, "libusb-device", &usb, NULL);
    g_object_unref(wrapper);  // the device holds its own reference
    return usb;
}

/// Closes on USB what a failed opening has left open there.
///
/// libfprint does not when a driver fails to claim its interface, and its USB layer then refuses ever to open the device again.
/// That layer has no headers here, but is part of every process with libfprint. To be called on devices that are not open.
static inline void cfprint_close_usb(FpDevice *device) {
    gboolean (*usb_close)(void *, GError **) = (gboolean(*)(void *, GError **)) dlsym(NULL, "g_usb_device_close");
    GParamSpec *known = g_object_class_find_property(G_OBJECT_GET_CLASS(device), "fpi-usb-device");
    if (!usb_close || !known || !(known->flags & G_PARAM_READABLE) || !g_type_is_a(known->value_type, G_TYPE_OBJECT)) return;
    GObject *wrapper = NULL;
    g_object_get(device, "fpi-usb-device", &wrapper, NULL);
    if (!wrapper) return;
    usb_close(wrapper, NULL);  // an error says that it was closed already
    g_object_unref(wrapper);
}

/// Whether the device has been pulled; true at once, while the signal `removed` waits for the running operation.
static inline gboolean cfprint_is_removed(FpDevice *device) {
    gboolean removed = FALSE;
    g_object_get(device, "removed", &removed, NULL);
    return removed;
}
#endif
