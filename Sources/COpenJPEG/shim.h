// OpenJPEG for Swift: streams in memory instead of files, and one grey plane in and out.
#ifndef COPENJPEG_SHIM_H
#define COPENJPEG_SHIM_H
#include <openjpeg.h>
#include <stdint.h>
#include <string.h>

/// Memory that a stream reads or writes; the caller owns it and keeps it until the stream is gone.
///
/// To be read, `length` and `capacity` are the same; to be written, `length` tells how far that came.
typedef struct {
    uint8_t *bytes;
    OPJ_UINT64 length;
    OPJ_UINT64 capacity;
    OPJ_UINT64 position;
} copenjpeg_memory;

static inline OPJ_SIZE_T copenjpeg_read(void *buffer, OPJ_SIZE_T count, void *user) {
    copenjpeg_memory *memory = (copenjpeg_memory *) user;
    OPJ_UINT64 left = memory->capacity - memory->position;
    if (left == 0) return (OPJ_SIZE_T) -1;
    if (count > left) count = (OPJ_SIZE_T) left;
    memcpy(buffer, memory->bytes + memory->position, count);
    memory->position += count;
    return count;
}

static inline OPJ_SIZE_T copenjpeg_write(void *buffer, OPJ_SIZE_T count, void *user) {
    copenjpeg_memory *memory = (copenjpeg_memory *) user;
    if (count > memory->capacity - memory->position) return (OPJ_SIZE_T) -1;
    memcpy(memory->bytes + memory->position, buffer, count);
    memory->position += count;
    if (memory->position > memory->length) memory->length = memory->position;
    return count;
}

static inline OPJ_BOOL copenjpeg_seek(OPJ_OFF_T position, void *user) {
    copenjpeg_memory *memory = (copenjpeg_memory *) user;
    if (position < 0 || (OPJ_UINT64) position > memory->capacity) return OPJ_FALSE;
    memory->position = (OPJ_UINT64) position;
    return OPJ_TRUE;
}

static inline OPJ_OFF_T copenjpeg_skip(OPJ_OFF_T count, void *user) {
    copenjpeg_memory *memory = (copenjpeg_memory *) user;
    if (count < 0 || (OPJ_UINT64) count > memory->capacity - memory->position) return -1;
    memory->position += (OPJ_UINT64) count;
    return count;
}

/// A stream over `memory`; OpenJPEG hands on whole pieces through a buffer of its own of `capacity` bytes.
static inline opj_stream_t *copenjpeg_stream(copenjpeg_memory *memory, OPJ_BOOL reading) {
    opj_stream_t *stream = opj_stream_create(memory->capacity > 0 ? memory->capacity : 1, reading);
    if (!stream) return NULL;
    opj_stream_set_user_data(stream, memory, NULL);
    opj_stream_set_user_data_length(stream, memory->length);
    opj_stream_set_read_function(stream, copenjpeg_read);
    opj_stream_set_write_function(stream, copenjpeg_write);
    opj_stream_set_seek_function(stream, copenjpeg_seek);
    opj_stream_set_skip_function(stream, copenjpeg_skip);
    return stream;
}

/// One lossy layer at `ratio` to one with the 9/7 wavelet, and no comment.
static inline OPJ_BOOL copenjpeg_set_up_encoder(opj_codec_t *codec, opj_image_t *image, float ratio) {
    static char no_comment[] = "";
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.irreversible = 1;
    parameters.cp_disto_alloc = 1;
    parameters.tcp_numlayers = 1;
    parameters.tcp_rates[0] = ratio;
    parameters.cp_comment = no_comment;
    return opj_setup_encoder(codec, &parameters, image);
}

/// A picture of one unsigned grey plane of 8 bits.
static inline opj_image_t *copenjpeg_grey_image(OPJ_UINT32 width, OPJ_UINT32 height) {
    opj_image_cmptparm_t plane;
    memset(&plane, 0, sizeof plane);
    plane.dx = plane.dy = 1;
    plane.w = width;
    plane.h = height;
    plane.prec = 8;
    opj_image_t *image = opj_image_create(1, &plane, OPJ_CLRSPC_GRAY);
    if (!image) return NULL;
    image->x1 = width;
    image->y1 = height;
    return image;
}

static inline OPJ_BOOL copenjpeg_set_up_decoder(opj_codec_t *codec) {
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    return opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, OPJ_TRUE);
}
#endif
