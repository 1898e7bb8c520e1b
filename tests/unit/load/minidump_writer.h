/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MINIDUMP_WRITER_H
#define MINIDUMP_WRITER_H

/* Minidumps for tests, put together by hand. */

#include "schema/decode.h"
#include "schema/minidump.h"
#include <string.h>

#define DUMP_SIZE 0x10000

/* A minidump that is written as one goes. */
typedef struct writer {
    uint8_t bytes[DUMP_SIZE];
    size_t at;
    uint32_t streams;
} writer;

static inline void put_fields(writer *w, const pel_schema *schema, const void *from)
{
    pel_schema_encode(schema, from, true, w->bytes + w->at);
    w->at += pel_schema_wire_size(schema, true);
}

#define PUT(w, id, ...) put_fields(w, &pel_md_##id##_schema, &(pel_md_##id){ __VA_ARGS__ })

/* A header and room for `streams` directory entries. */
static inline void begin(writer *w, uint32_t streams)
{
    *w = (writer){ .at = 0 };
    PUT(w, header, .signature = PEL_MD_SIGNATURE, .stream_count = streams,
        .directory = PEL_MD_SIZE_header);
    w->at += (size_t)streams * PEL_MD_SIZE_directory;
}

/* What was written from `start` on is a stream. */
static inline void end_stream(writer *w, uint32_t type, size_t start)
{
    size_t at = w->at;
    w->at = PEL_MD_SIZE_header + w->streams++ * (size_t)PEL_MD_SIZE_directory;
    PUT(w, directory, .type = type, .size = (uint32_t)(at - start), .rva = (uint32_t)start);
    w->at = at;
}

#endif
