/* SPDX-License-Identifier: Apache-2.0 */
/* Minidumps, as MiniDumpWriteDump and others write them.
 *
 *   header --> directory: type, size, offset of each stream
 *                +--> module list: count, modules --> names
 *                +--> memory list: count, (address, size, offset) of each piece of memory
 *                +--> memory64 list: count, offset of the first, (address, size) of each
 *
 * Nothing in it is believed: counts are held against the bytes of their stream, and memory is what
 * lies in the file. */
#include <stdlib.h>

#include "load/memory_dump.h"
#include "schema/decode.h"
#include "schema/minidump.h"

/* More of them cost memory and serve nobody. */
#define MOST_STREAMS 4096u
#define MOST_MODULES 65536u
#define MOST_RANGES  ((uint64_t)1 << 20)
#define LONGEST_NAME 4096 /* characters */

static bool decode(const pel_schema *schema, pel_reader *r, void *out)
{
    return pel_schema_decode(schema, r, out) == PEL_OK;
}

static pel_reader reader_of(pel_span bytes) { return (pel_reader){ .bytes = bytes, .wide = true }; }

bool pel_minidump_is_one(pel_span bytes) { return pel_span_uint(bytes, 0, 4) == PEL_MD_SIGNATURE; }

/* How many of `count` entries of `size` bytes the rest of the stream has, `most` at most. */
static uint64_t clip_count(pel_memory_dump *dump, const pel_reader *r, uint64_t count, size_t size,
                           uint64_t most)
{
    uint64_t room = (r->bytes.size - r->pos) / size;
    most = room < most ? room : most;
    if (count > most)
        dump->cut = true;
    return count < most ? count : most;
}

/* A list of 4-byte count and entries. Some writers align the entries to 8 bytes: then the stream is
 * 4 bytes longer than it would be. */
static uint64_t begin_list(pel_memory_dump *dump, pel_reader *r, size_t entry, uint64_t most)
{
    pel_md_count head;
    if (!decode(&pel_md_count_schema, r, &head)) {
        dump->cut = true;
        return 0;
    }
    uint64_t wanted = (uint64_t)head.count * entry;
    if (r->bytes.size - r->pos == wanted + 4)
        pel_read_span(r, 4);
    return clip_count(dump, r, head.count, entry, most);
}

/* ---- modules ----------------------------------------------------------- */

static pel_status read_modules(pel_memory_dump *dump, pel_reader *r)
{
    uint64_t count = begin_list(dump, r, PEL_MD_SIZE_module, MOST_MODULES);
    if (dump->module_count > 0 || count == 0) /* one list is enough */
        return PEL_OK;
    dump->modules = pel_grow(&dump->allocator, NULL, &dump->module_capacity, (size_t)count,
                             sizeof *dump->modules);
    if (!dump->modules)
        return PEL_NO_MEMORY;
    for (uint64_t i = 0; i < count; i++) {
        pel_md_module m;
        decode(&pel_md_module_schema, r, &m);
        dump->modules[dump->module_count++] = (pel_dump_module){ .base = { m.base },
                                                                 .size = m.size,
                                                                 .checksum = m.checksum,
                                                                 .timestamp = m.time,
                                                                 .name = m.name_rva };
    }
    return PEL_OK;
}

static int by_base(const void *a, const void *b)
{
    const pel_dump_module *x = a, *y = b;
    if (x->base.v != y->base.v)
        return x->base.v < y->base.v ? -1 : 1;
    return x->name < y->name ? -1 : x->name > y->name; /* qsort alone would leave it to the host */
}

/* ---- memory ------------------------------------------------------------ */

static pel_status make_room(pel_memory_dump *dump, uint64_t more)
{
    size_t need = dump->range_count + (size_t)more;
    memory_range *grown =
        pel_grow(&dump->allocator, dump->ranges, &dump->range_capacity, need, sizeof *dump->ranges);
    if (!grown)
        return PEL_NO_MEMORY;
    dump->ranges = grown;
    dump->believed += more;
    return PEL_OK;
}

/* As much of the memory as the file has, and as there are addresses for. */
static void add_range(pel_memory_dump *dump, uint64_t start, uint64_t size, uint64_t offset)
{
    uint64_t there = pel_span_clip(dump->bytes, offset, size).size;
    if (there < size)
        dump->cut = true;
    if (there > UINT64_MAX - start)
        there = UINT64_MAX - start;
    if (there > 0)
        dump->ranges[dump->range_count++] =
            (memory_range){ .start = start, .size = there, .offset = offset };
}

static pel_status read_memory(pel_memory_dump *dump, pel_reader *r)
{
    uint64_t count = begin_list(dump, r, PEL_MD_SIZE_memory, MOST_RANGES - dump->believed);
    if (count == 0)
        return PEL_OK;
    PEL_TRY(make_room(dump, count));
    for (uint64_t i = 0; i < count; i++) {
        pel_md_memory m;
        decode(&pel_md_memory_schema, r, &m);
        add_range(dump, m.start, m.size, m.rva);
    }
    return PEL_OK;
}

static pel_status read_memory64(pel_memory_dump *dump, pel_reader *r)
{
    pel_md_memory64_list list;
    if (!decode(&pel_md_memory64_list_schema, r, &list)) {
        dump->cut = true;
        return PEL_OK;
    }
    uint64_t count =
        clip_count(dump, r, list.count, PEL_MD_SIZE_memory64, MOST_RANGES - dump->believed);
    if (count == 0)
        return PEL_OK;
    PEL_TRY(make_room(dump, count));
    uint64_t offset = list.base;
    for (uint64_t i = 0; i < count; i++) {
        pel_md_memory64 m;
        decode(&pel_md_memory64_schema, r, &m);
        add_range(dump, m.start, m.size, offset);
        if (m.size > UINT64_MAX - offset)
            break; /* the rest would be nowhere */
        offset += m.size;
    }
    return PEL_OK;
}

static int by_start(const void *a, const void *b)
{
    const memory_range *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Sort, and where ranges overlap believe the one that begins first. */
static void settle_ranges(pel_memory_dump *dump)
{
    uint64_t end = 0;
    size_t kept = 0;
    qsort(dump->ranges, dump->range_count, sizeof *dump->ranges, by_start);
    for (size_t i = 0; i < dump->range_count; i++) {
        memory_range r = dump->ranges[i];
        uint64_t over = r.start < end ? end - r.start : 0;
        if (over >= r.size)
            continue;
        r.start += over;
        r.offset += over;
        r.size -= over;
        end = r.start + r.size;
        dump->ranges[kept++] = r;
    }
    dump->range_count = kept;
}

/* ---- streams ----------------------------------------------------------- */

static pel_status read_stream(pel_memory_dump *dump, const pel_md_directory *entry)
{
    pel_reader r = reader_of(pel_span_clip(dump->bytes, entry->rva, entry->size));
    switch (entry->type) {
    case PEL_MD_STREAM_MODULE_LIST: return read_modules(dump, &r);
    case PEL_MD_STREAM_MEMORY_LIST: return read_memory(dump, &r);
    case PEL_MD_STREAM_MEMORY64_LIST: return read_memory64(dump, &r);
    default: return PEL_OK;
    }
}

pel_status pel_minidump_read(pel_memory_dump *dump)
{
    pel_reader r = reader_of(dump->bytes);
    pel_md_header header;
    if (!decode(&pel_md_header_schema, &r, &header)) {
        dump->cut = true;
        return PEL_OK;
    }
    r = reader_of(pel_span_clip(dump->bytes, header.directory, UINT64_MAX));
    uint64_t count = clip_count(dump, &r, header.stream_count, PEL_MD_SIZE_directory, MOST_STREAMS);
    for (uint64_t i = 0; i < count; i++) {
        pel_md_directory entry;
        decode(&pel_md_directory_schema, &r, &entry);
        PEL_TRY(read_stream(dump, &entry));
    }
    if (dump->range_count > 0)
        settle_ranges(dump);
    if (dump->module_count > 0)
        qsort(dump->modules, dump->module_count, sizeof *dump->modules, by_base);
    return PEL_OK;
}

/* ---- names ------------------------------------------------------------- */

/* The next character of UTF-16; U+FFFD for half of a pair. */
static uint32_t next_character(pel_reader *r)
{
    uint32_t unit = (uint32_t)pel_read_uint(r, 2);
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    uint32_t low = (uint32_t)pel_span_uint(r->bytes, r->pos, 2);
    if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
        return 0xFFFD;
    pel_read_uint(r, 2);
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

static size_t encode(uint32_t code, char out[4])
{
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t marks[] = { 0, 0xC0, 0xE0, 0xF0 };
    out[0] = (char)(marks[more] | code >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3F));
    return more + 1;
}

size_t pel_memory_dump_module_name(const pel_memory_dump *dump, const pel_dump_module *module,
                                   char *out, size_t size)
{
    pel_md_count length;
    size_t used = 0;
    bool cut = false; /* at a whole character */
    size_t written = 0;
    pel_reader r = reader_of(pel_span_clip(dump->bytes, module->name, UINT64_MAX));
    if (decode(&pel_md_count_schema, &r, &length))
        r = reader_of(pel_span_clip(r.bytes, r.pos, length.count));
    for (int i = 0; i < LONGEST_NAME && r.pos < r.bytes.size; i++) {
        char bytes[4];
        size_t n = encode(next_character(&r), bytes);
        if (r.failed) /* half a unit at the end */
            break;
        cut = cut || used + n >= size;
        for (size_t k = 0; k < n && !cut; k++)
            out[written++] = bytes[k];
        used += n;
    }
    if (size > 0)
        out[written] = '\0';
    return used;
}
