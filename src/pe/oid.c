/* SPDX-License-Identifier: Apache-2.0 */
#include "pe/oid.h"

#include <inttypes.h>

#include "base/der.h"
#include "base/text.h"

typedef struct known {
    const char *bytes;
    size_t size;
    const char *text;
    pel_hash hash;
} known;

static const known all[] = {
#define X(id, bytes, text, hash) { bytes, sizeof bytes - 1, text, PEL_HASH_##hash },
    PEL_OIDS(X)
#undef X
};

pel_oid pel_oid_of(pel_span value)
{
    size_t i = 0;
    while (i < PEL_OID_UNKNOWN &&
           !pel_span_same(value, (pel_span){ (const uint8_t *)all[i].bytes, all[i].size }))
        i++;
    return (pel_oid)i;
}

pel_hash pel_oid_hash(pel_span value)
{
    pel_oid oid = pel_oid_of(value);
    return oid < PEL_OID_UNKNOWN ? all[oid].hash : PEL_HASH_NONE;
}

/* Numbers of 7 bits a byte; the first holds two of them. */
static void append_numbers(pel_span oid, char *buffer, size_t size)
{
    pel_reader r = { .bytes = oid };
    size_t used = 0;
    uint64_t number = 0;
    bool first = true;
    while (r.pos < oid.size && used < size) {
        uint64_t byte = pel_read_uint(&r, 1);
        number = number << 7 | (byte & 0x7f);
        if (byte & 0x80)
            continue;
        uint64_t top = number < 80 ? number / 40 : 2;
        if (first)
            pel_append(buffer, size, &used, "%" PRIu64, top);
        pel_append(buffer, size, &used, ".%" PRIu64, first ? number - 40 * top : number);
        first = false;
        number = 0;
    }
}

const char *pel_oid_text(pel_span oid, char *buffer, size_t size)
{
    pel_oid id = pel_oid_of(oid);
    if (id < PEL_OID_UNKNOWN)
        return all[id].text;
    if (size == 0)
        return "";
    buffer[0] = '\0';
    append_numbers(oid, buffer, size);
    return buffer;
}
