/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_DUMP_EMITTER_H
#define PEL_DUMP_EMITTER_H

/* The one event interface that all output goes through. A walker tells what there
 * is; an emitter writes it. Emitters latch the first failure and ignore the rest,
 * so walkers need not ask after each event: pel_emitter_close tells.
 *
 * Keys are NULL inside a sequence and never NULL inside a map. */

#include <pelorus/dump.h>

/** How a number is meant. JSON writes plain digits for all of them. */
typedef enum pel_radix {
    PEL_RADIX_DEC, /* counts */
    PEL_RADIX_HEX, /* addresses, offsets, sizes in bytes, raw values */
} pel_radix;

/** Where a scalar stands in the file: shown by text output, ignored by the others. */
#define PEL_NO_OFFSET UINT64_MAX

typedef struct pel_emitter pel_emitter;

/* What a format has to know. A composite (enum, flags, time) is one event, because text
 * shows it in one line where JSON and YAML make a map of it. */
typedef struct pel_emitter_ops {
    void (*map_begin)(pel_emitter *e, const char *key);
    void (*map_end)(pel_emitter *e);
    void (*seq_begin)(pel_emitter *e, const char *key);
    void (*seq_end)(pel_emitter *e);
    void (*number)(pel_emitter *e, const char *key, uint64_t value, pel_radix radix);
    void (*real)(pel_emitter *e, const char *key, double value);
    void (*boolean)(pel_emitter *e, const char *key, bool value);
    void (*null)(pel_emitter *e, const char *key);
    /* Bytes of any kind; the emitter escapes. */
    void (*text)(pel_emitter *e, const char *key, pel_str value);
    /* {value, name}: name NULL when the value has none. */
    void (*named)(pel_emitter *e, const char *key, uint64_t value, const char *name);
    /* {value, names, unknown}: by the table. */
    void (*flags)(pel_emitter *e, const char *key, uint64_t value, const pel_names *names);
    /* {value, utc}: utc null when the value is no time that can be shown. */
    void (*time)(pel_emitter *e, const char *key, uint64_t value);
    /* Flush and write the end of the document. */
    void (*close)(pel_emitter *e);
} pel_emitter_ops;

/* Deepest nesting of maps and sequences; deeper latches PEL_LIMIT. */
#define PEL_EMITTER_DEPTH 64

struct pel_emitter {
    const pel_emitter_ops *ops;
    const pel_dump_options *options; /* never NULL */
    pel_sink sink;
    pel_status status; /* latched */
    uint64_t offset;   /* file offset of the next scalar, or PEL_NO_OFFSET */
    unsigned depth;
};

/** An emitter for options->format. Documents are written to `sink` as they come. */
pel_status pel_emitter_new(const pel_dump_options *options, pel_sink sink, pel_emitter **out);

/** End the document, free the emitter, and tell the first failure. */
pel_status pel_emitter_close(pel_emitter *e);

/** A C string; NULL gives null. */
void pel_emit_string(pel_emitter *e, const char *key, const char *value);

/** `status` as its name ("STATUS_SUCCESS"), or "0xC0000001" when it has none. */
void pel_emit_ntstatus(pel_emitter *e, const char *key, pel_ntstatus status);

/** All fields of a decoded structure, in file order, inside the map that is open. Fields that
 *  the end of the file cut off are null. */
void pel_emit_structure(pel_emitter *e, const pel_structure *structure);

#endif
