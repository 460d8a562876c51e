/* formats/recording.h: recordings of several channels in physical units: EDF, EDF+ and BDF, and WFDB, the
 * files of PhysioNet (a .hea beside files of samples).
 *
 * Both are read here. EDFlib stands a minute of damaged files, but it refuses whole files for small faults
 * that devices do make, such as a channel that was never calibrated, and keeps its open files in one table
 * for all threads; and it would not read WFDB, whose samples are laid out alike. */
#ifndef RC_FORMATS_RECORDING_H
#define RC_FORMATS_RECORDING_H

#include "formats/container.h"

/* How a sample is stored: the names are those of WFDB. */
typedef enum rc_packing {
    RC_PACKING_16,
    RC_PACKING_24,
    RC_PACKING_32,
    RC_PACKING_61,
    RC_PACKING_80,
    RC_PACKING_160,
    RC_PACKING_212,
    RC_PACKINGS
} rc_packing;

typedef struct rc_channel {
    char *name; /* of no other channel; "V5" */
    char *unit; /* "mV"; "" where the file says none */
    double rate;
    int64_t length;
    /* Its samples: `count` of the `stride` in each frame, from `first` on; frames begin `offset` bytes into a
     * file, and are packed one after the other. */
    int file;
    size_t offset;
    rc_packing packing;
    int64_t first, count, stride;
    double step, shift; /* physical = step * stored + shift */
    bool gaps;          /* the least number that can be stored says that there is no sample */
} rc_channel;

typedef struct rc_recording {
    char *source;
    const char *format; /* "EDF", "EDF+", "BDF", "WFDB" */
    int64_t channels;
    rc_channel *channel;
    rc_texts about; /* WFDB: the comments, without '#' */
    rc_file_map *map;
    int files;
} rc_recording;

/* By its suffix: .edf or .bdf, or .hea, whose files of samples lie beside it. Headers are checked against the
 * files' lengths. encoding: of a .hea (formats/text_file.h). */
rc_status rc_recording_open(const char *path, const char *encoding, rc_recording *out) RC_MUST_CHECK;
void rc_recording_close(rc_recording *r);
int64_t rc_recording_find(const rc_recording *r, const char *name); /* -1: none */
/* All samples of a channel, [length]; NaN where there is none. */
void rc_recording_read(const rc_recording *r, int64_t channel, float *out);

#endif
