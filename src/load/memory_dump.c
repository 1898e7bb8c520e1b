/* SPDX-License-Identifier: Apache-2.0 */
/* Finding memory and modules in a dump, whatever its form. */
#include "load/memory_dump.h"

#include <string.h>

#include "base/os.h"

const char *pel_memory_dump_kind_name(pel_memory_dump_kind kind)
{
    return kind == PEL_DUMP_MINIDUMP ? "minidump" : "raw";
}

/* ---- opening ----------------------------------------------------------- */

static pel_status read_raw(pel_memory_dump *dump)
{
    if (dump->bytes.size == 0)
        return PEL_OK;
    dump->ranges = pel_grow(&dump->allocator, NULL, &dump->range_capacity, 1, sizeof *dump->ranges);
    if (!dump->ranges)
        return PEL_NO_MEMORY;
    dump->ranges[dump->range_count++] = (memory_range){ .size = dump->bytes.size };
    return PEL_OK;
}

pel_status pel_memory_dump_parse(pel_span bytes, const pel_allocator *allocator,
                                 pel_memory_dump **out)
{
    if (!out || (!bytes.data && bytes.size))
        return PEL_BAD_ARG;
    pel_allocator a = pel_allocator_or_default(allocator);
    pel_memory_dump *dump = *out = pel_take(&a, sizeof *dump);
    if (!dump)
        return PEL_NO_MEMORY;
    dump->allocator = a;
    dump->bytes = bytes;
    dump->kind = pel_minidump_is_one(bytes) ? PEL_DUMP_MINIDUMP : PEL_DUMP_RAW;
    pel_status st = dump->kind == PEL_DUMP_RAW ? read_raw(dump) : pel_minidump_read(dump);
    if (st != PEL_OK) {
        pel_memory_dump_free(dump);
        *out = NULL;
    }
    return st;
}

pel_status pel_memory_dump_open(const char *path, const pel_allocator *allocator,
                                pel_memory_dump **out)
{
    if (!path || !out)
        return PEL_BAD_ARG;
    *out = NULL;
    pel_span bytes;
    PEL_TRY(pel_os_map_file(path, &bytes));
    pel_status st = pel_memory_dump_parse(bytes, allocator, out);
    if (st != PEL_OK)
        pel_os_unmap_file(bytes);
    else
        (*out)->owns_bytes = true;
    return st;
}

void pel_memory_dump_free(pel_memory_dump *dump)
{
    if (!dump)
        return;
    pel_allocator a = dump->allocator;
    if (dump->owns_bytes)
        pel_os_unmap_file(dump->bytes);
    pel_give(&a, dump->ranges, dump->range_capacity * sizeof *dump->ranges);
    pel_give(&a, dump->modules, dump->module_capacity * sizeof *dump->modules);
    pel_give(&a, dump, sizeof *dump);
}

pel_memory_dump_kind pel_memory_dump_get_kind(const pel_memory_dump *dump) { return dump->kind; }
bool pel_memory_dump_is_cut(const pel_memory_dump *dump) { return dump->cut; }

/* ---- memory ------------------------------------------------------------ */

/* Index of the first range that ends above `at`. */
static size_t first_ending_above(const pel_memory_dump *dump, uint64_t at)
{
    size_t low = 0, high = dump->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const memory_range *r = &dump->ranges[middle];
        if (at < r->start || at - r->start < r->size)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

pel_span pel_memory_dump_bytes(const pel_memory_dump *dump, pel_va at, uint64_t *run)
{
    const pel_span none = { NULL, 0 };
    size_t i = first_ending_above(dump, at.v);
    const memory_range *r = i < dump->range_count ? &dump->ranges[i] : NULL;
    if (!r || at.v < r->start) {
        *run = r ? r->start - at.v : at.v < UINT64_MAX ? UINT64_MAX - at.v : 1;
        return none; /* never a run of 0: who walks would not get on */
    }
    uint64_t into = at.v - r->start;
    *run = r->size - into;
    return pel_span_clip(dump->bytes, r->offset + into, *run);
}

pel_status pel_memory_dump_read(const pel_memory_dump *dump, pel_va at, void *out, size_t size)
{
    uint8_t *to = out;
    while (size > 0) {
        uint64_t run;
        pel_span bytes = pel_memory_dump_bytes(dump, at, &run);
        size_t n = bytes.size < size ? bytes.size : size;
        if (n == 0)
            return PEL_NOT_FOUND;
        memcpy(to, bytes.data, n);
        to += n;
        size -= n;
        at.v += n;
    }
    return PEL_OK;
}

/* ---- modules ----------------------------------------------------------- */

size_t pel_memory_dump_module_count(const pel_memory_dump *dump) { return dump->module_count; }

const pel_dump_module *pel_memory_dump_module(const pel_memory_dump *dump, size_t index)
{
    return index < dump->module_count ? &dump->modules[index] : NULL;
}

const pel_dump_module *pel_memory_dump_module_at(const pel_memory_dump *dump, pel_va at)
{
    size_t low = 0, high = dump->module_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dump->modules[middle].base.v > at.v)
            high = middle;
        else
            low = middle + 1;
    }
    const pel_dump_module *m = low > 0 ? &dump->modules[low - 1] : NULL;
    return m && at.v - m->base.v < m->size ? m : NULL;
}
