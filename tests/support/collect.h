/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECT_H
#define COLLECT_H

/* Sinks for tests: one that keeps what it is given, and one that fails in time. */

#include <pelorus/base.h>
#include <string.h>

#define COLLECT_ROOM ((size_t)1 << 20)

/* Zero it to begin. `text` ends in a zero; what does not fit fails with PEL_LIMIT. */
typedef struct collected {
    size_t size;
    size_t fail_at; /* not 0: fail with PEL_IO when more bytes than that would be there */
    char text[COLLECT_ROOM];
} collected;

static inline pel_status collect_write(void *ctx, const void *data, size_t size)
{
    collected *c = ctx;
    if (c->fail_at && c->size + size > c->fail_at)
        return PEL_IO;
    if (size >= sizeof c->text - c->size)
        return PEL_LIMIT;
    memcpy(c->text + c->size, data, size);
    c->size += size;
    c->text[c->size] = '\0';
    return PEL_OK;
}

static inline pel_sink collect_into(collected *c)
{
    c->size = 0;
    c->text[0] = '\0';
    return (pel_sink){ .write = collect_write, .ctx = c };
}

#endif
