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
    PEL_RADIX_DEC,    /* counts */
    PEL_RADIX_HEX,    /* addresses, offsets, sizes in bytes, raw values */
    PEL_RADIX_SIGNED, /* numbers in two's complement of 64 bits */
} pel_radix;

/** Where a scalar stands in the file: shown by text output, ignored by the others. */
#define PEL_NO_OFFSET UINT64_MAX

/* Bytes that are collected before the sink is asked to write. */
#define PEL_EMITTER_BUFFER 16384

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

/* `ops` is what walkers call. It is the front, the same for every format: it keeps count of the
 * depth, leaves out what options->only does not list, and passes on the rest. */
struct pel_emitter {
    const pel_emitter_ops *ops;
    const pel_dump_options *options; /* never NULL */
    pel_sink sink;
    pel_status status; /* latched */
    uint64_t offset;   /* file offset of the next scalar, or PEL_NO_OFFSET; then forgotten */
    uint64_t origin;   /* where what is told of begins in the file: added to all these offsets */
    unsigned digits;   /* digits that text pads the next hexadecimal scalar to; then forgotten */
    unsigned depth;    /* maps and sequences that are open */

    /* What follows belongs to emitter.c. */
    const struct pel_emitter_format *format;
    pel_allocator allocator;
    uint64_t maps;       /* bit d: what is open at depth d + 1 is a map */
    uint64_t keys_found; /* bit i: options->only[i] is in the document */
    unsigned muted;      /* depth of the map or sequence that `only` leaves out; 0 = none */
    bool begun;          /* the document has its root */
    bool deaf;           /* the sink failed: write no more */
    size_t used;         /* bytes of `buffer` */
    char buffer[PEL_EMITTER_BUFFER];
};

/** An emitter for options->format; `options` must outlive it and may be NULL. The document is
 *  one value, as a rule a map with the key NULL. It is written to `sink` as it comes. */
pel_status pel_emitter_new(const pel_dump_options *options, pel_sink sink, pel_emitter **out);

/** End the document, free the emitter, and tell the first failure; PEL_NOT_FOUND when all went
 *  well, but the document has no such key as options->only asks for. Maps and sequences that are
 *  still open are ended first: what was written is well formed even after a failure, unless it
 *  was the sink that failed. NULL is fine. */
pel_status pel_emitter_close(pel_emitter *e);

/** Latch a failure that the walker met itself. */
static inline void pel_emitter_fail(pel_emitter *e, pel_status status)
{
    if (e->status == PEL_OK)
        e->status = status;
}

/* ---- events ------------------------------------------------------------ */

static inline void pel_emit_map_begin(pel_emitter *e, const char *key)
{
    e->ops->map_begin(e, key);
}

static inline void pel_emit_map_end(pel_emitter *e) { e->ops->map_end(e); }

static inline void pel_emit_seq_begin(pel_emitter *e, const char *key)
{
    e->ops->seq_begin(e, key);
}

static inline void pel_emit_seq_end(pel_emitter *e) { e->ops->seq_end(e); }

static inline void pel_emit_number(pel_emitter *e, const char *key, uint64_t value, pel_radix radix)
{
    e->ops->number(e, key, value, radix);
}

/** A count. */
static inline void pel_emit_dec(pel_emitter *e, const char *key, uint64_t value)
{
    e->ops->number(e, key, value, PEL_RADIX_DEC);
}

/** An address, an offset, a size in bytes, a raw value. */
static inline void pel_emit_hex(pel_emitter *e, const char *key, uint64_t value)
{
    e->ops->number(e, key, value, PEL_RADIX_HEX);
}

/** A number that may be below zero. */
static inline void pel_emit_signed(pel_emitter *e, const char *key, int64_t value)
{
    e->ops->number(e, key, (uint64_t)value, PEL_RADIX_SIGNED);
}

/** Six decimals at most (text: three). Null unless -1e12 < value < 1e12. */
static inline void pel_emit_real(pel_emitter *e, const char *key, double value)
{
    e->ops->real(e, key, value);
}

static inline void pel_emit_boolean(pel_emitter *e, const char *key, bool value)
{
    e->ops->boolean(e, key, value);
}

static inline void pel_emit_null(pel_emitter *e, const char *key) { e->ops->null(e, key); }

static inline void pel_emit_text(pel_emitter *e, const char *key, pel_str value)
{
    e->ops->text(e, key, value);
}

static inline void pel_emit_named(pel_emitter *e, const char *key, uint64_t value, const char *name)
{
    e->ops->named(e, key, value, name);
}

static inline void pel_emit_flags(pel_emitter *e, const char *key, uint64_t value,
                                  const pel_names *names)
{
    e->ops->flags(e, key, value, names);
}

static inline void pel_emit_time(pel_emitter *e, const char *key, uint64_t value)
{
    e->ops->time(e, key, value);
}

/** A C string; NULL gives null. */
void pel_emit_string(pel_emitter *e, const char *key, const char *value);

/** `status` as its name ("STATUS_SUCCESS"), or "0xC0000001" when it has none. */
void pel_emit_ntstatus(pel_emitter *e, const char *key, pel_ntstatus status);

/* Bytes that pel_emit_bytes shows. */
#define PEL_EMIT_BYTES 128

/** Bytes as hexadecimal digits: the first of them where there are many; null for none. */
void pel_emit_bytes(pel_emitter *e, const char *key, pel_span bytes);

/** {value, name} by a table: the name is null when the table has none. */
void pel_emit_enum(pel_emitter *e, const char *key, uint64_t value, const pel_names *names);

/** All fields of a decoded structure, in file order, inside the map that is open. Fields that
 *  the end of the file cut off are null. A structure that is not in the file at all has the
 *  offset PEL_NO_OFFSET. */
void pel_emit_structure(pel_emitter *e, const pel_structure *structure);

/** The same with the field `name` under `key`: NameRVA, where Name is the name itself. */
void pel_emit_structure_as(pel_emitter *e, const pel_structure *structure, const char *name,
                           const char *key);

#endif
