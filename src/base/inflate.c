/* SPDX-License-Identifier: Apache-2.0 */
#include "base/inflate.h"

#define ZLIB_CONST
#include <zlib.h>

#define BLOCK ((size_t)32 * 1024)

/* zlib counts its input in 32 bits: a block of it at a time. */
static void feed(z_stream *z, pel_span deflated, size_t *taken)
{
    pel_span block = pel_span_clip(deflated, *taken, BLOCK);
    if (z->avail_in > 0 || block.size == 0)
        return;
    z->next_in = block.data;
    z->avail_in = (uInt)block.size;
    *taken += block.size;
}

/* Inflate until the stream ends, or something does not fit. */
static pel_status run(z_stream *z, pel_span deflated, uint64_t size, pel_sink sink)
{
    uint8_t out[BLOCK];
    size_t taken = 0;
    int answer = Z_OK;
    while (answer != Z_STREAM_END) {
        feed(z, deflated, &taken);
        z->next_out = out;
        z->avail_out = (uInt)sizeof out;
        answer = inflate(z, Z_NO_FLUSH);
        size_t made = sizeof out - z->avail_out;
        if (answer == Z_MEM_ERROR)
            return PEL_NO_MEMORY;
        /* Z_BUF_ERROR: it wants more input than there is. */
        if ((answer != Z_OK && answer != Z_STREAM_END) || made > size)
            return PEL_MALFORMED;
        size -= made;
        if (made > 0)
            PEL_TRY(sink.write(sink.ctx, out, made));
    }
    return size == 0 ? PEL_OK : PEL_MALFORMED;
}

pel_status pel_inflate(pel_span deflated, uint64_t size, pel_sink sink)
{
    z_stream z = { .next_in = NULL };
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return PEL_NO_MEMORY;
    pel_status st = run(&z, deflated, size, sink);
    inflateEnd(&z);
    return st;
}
