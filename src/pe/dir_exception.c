/* SPDX-License-Identifier: Apache-2.0 */
/* The exception directory: a table of functions whose entries depend on the machine.
 *
 *   x64     | begin | end | unwind info |         MIPS    | begin | end | handler | data | prolog |
 *   ARM     | begin | unwind data |               CE      | begin | lengths |, handler before begin
 */
#include <pelorus/exceptions.h>

#include "pe/image_priv.h"
#include "pe/unwind.h"

#define LARGEST_ENTRY 40

/* ---- kinds of tables --------------------------------------------------- */

static const struct {
    const char *name;
    unsigned size;
} tables[] = {
    [PEL_FUNCTIONS_NONE] = { "none", 0 },   [PEL_FUNCTIONS_X64] = { "x64", 12 },
    [PEL_FUNCTIONS_ARM64] = { "ARM64", 8 }, [PEL_FUNCTIONS_ARM] = { "ARM", 8 },
    [PEL_FUNCTIONS_IA64] = { "IA64", 12 },  [PEL_FUNCTIONS_CE] = { "CE", 8 },
    [PEL_FUNCTIONS_MIPS] = { "MIPS", 20 },  [PEL_FUNCTIONS_ALPHA64] = { "ALPHA64", 40 },
};

static const struct {
    uint16_t machine;
    pel_function_table table;
} machines[] = {
    { PEL_MACHINE_AMD64, PEL_FUNCTIONS_X64 },       { PEL_MACHINE_ARM64, PEL_FUNCTIONS_ARM64 },
    { PEL_MACHINE_ARMNT, PEL_FUNCTIONS_ARM },       { PEL_MACHINE_IA64, PEL_FUNCTIONS_IA64 },
    { PEL_MACHINE_ALPHA64, PEL_FUNCTIONS_ALPHA64 }, { PEL_MACHINE_ALPHA, PEL_FUNCTIONS_MIPS },
    { PEL_MACHINE_R3000, PEL_FUNCTIONS_MIPS },      { PEL_MACHINE_R4000, PEL_FUNCTIONS_MIPS },
    { PEL_MACHINE_R10000, PEL_FUNCTIONS_MIPS },     { PEL_MACHINE_WCEMIPSV2, PEL_FUNCTIONS_MIPS },
    { PEL_MACHINE_MIPSFPU, PEL_FUNCTIONS_MIPS },    { PEL_MACHINE_MIPS16, PEL_FUNCTIONS_CE },
    { PEL_MACHINE_MIPSFPU16, PEL_FUNCTIONS_CE },    { PEL_MACHINE_ARM, PEL_FUNCTIONS_CE },
    { PEL_MACHINE_THUMB, PEL_FUNCTIONS_CE },        { PEL_MACHINE_SH3, PEL_FUNCTIONS_CE },
    { PEL_MACHINE_SH3DSP, PEL_FUNCTIONS_CE },       { PEL_MACHINE_SH3E, PEL_FUNCTIONS_CE },
    { PEL_MACHINE_SH4, PEL_FUNCTIONS_CE },          { PEL_MACHINE_SH5, PEL_FUNCTIONS_CE },
    { PEL_MACHINE_POWERPC, PEL_FUNCTIONS_MIPS },    { PEL_MACHINE_POWERPCFP, PEL_FUNCTIONS_MIPS },
};

const char *pel_function_table_name(pel_function_table table) { return tables[table].name; }

unsigned pel_function_entry_size(pel_function_table table) { return tables[table].size; }

pel_function_table pel_image_function_table(const pel_image *image)
{
    const pel_file_header *file = pel_image_file_header(image);
    const pel_optional_header *o = pel_image_optional_header(image);
    uint16_t machine = file ? file->machine : 0;
    bool ce = o && o->subsystem == PEL_SUBSYSTEM_WINDOWS_CE_GUI;
    if (machine == PEL_MACHINE_POWERPC && ce)
        return PEL_FUNCTIONS_CE;
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++)
        if (machines[i].machine == machine)
            return machines[i].table;
    return PEL_FUNCTIONS_NONE;
}

/* ---- entries ----------------------------------------------------------- */

/* A VA of old machines; 0 when it leads out of the image. */
static pel_rva rva_of(const pel_image *img, uint64_t va)
{
    pel_rva rva;
    pel_rva_of((pel_va){ img->optional.image_base.v }, pel_image_view_size(img), (pel_va){ va },
               &rva);
    return rva;
}

/* Five words of old machines. */
static void read_mips(pel_function *f, pel_reader *r, unsigned width)
{
    f->begin = rva_of(f->image, pel_read_uint(r, width));
    f->end = rva_of(f->image, pel_read_uint(r, width));
    f->has_end = true;
    f->handler.v = pel_read_uint(r, width);
    f->handler_data.v = pel_read_uint(r, width);
    f->has_handler = f->handler.v != 0;
    f->prolog_end = rva_of(f->image, pel_read_uint(r, width));
}

/* Lengths count instructions, of 4 bytes if bit 30 is set, else of 2. The handler and its data are
 * the two words in front of the function. */
static void read_ce(pel_function *f, pel_reader *r)
{
    uint64_t word;
    f->begin = rva_of(f->image, pel_read_uint(r, 4));
    f->unwind = (uint32_t)pel_read_uint(r, 4);
    uint32_t bytes = f->unwind >> 30 & 1 ? 4 : 2;
    f->prolog_end.v = f->begin.v + (f->unwind & 0xff) * bytes;
    f->end.v = f->begin.v + (f->unwind >> 8 & 0x3fffff) * bytes;
    f->has_end = true;
    if (f->unwind >> 31 && f->begin.v >= 8 && pel_image_word(f->image, f->begin.v - 8, 4, &word)) {
        f->has_handler = true;
        f->handler.v = word;
        pel_image_word(f->image, f->begin.v - 4, 4, &word);
        f->handler_data.v = word;
    }
}

static void read_range(pel_function *f, pel_reader *r)
{
    f->begin.v = (uint32_t)pel_read_uint(r, 4);
    f->end.v = (uint32_t)pel_read_uint(r, 4);
    f->has_end = true;
    f->unwind = (uint32_t)pel_read_uint(r, 4);
}

/* The length is in the word itself, or at the start of what it leads to. Bit 0 of the address of a
 * function is the Thumb bit. */
static void read_arm(pel_function *f, pel_reader *r)
{
    uint32_t scale = f->table == PEL_FUNCTIONS_ARM ? 2 : 4, length = 0;
    f->begin.v = (uint32_t)pel_read_uint(r, 4) & ~(uint32_t)1;
    f->unwind = (uint32_t)pel_read_uint(r, 4);
    if (f->unwind & 3) {
        length = f->unwind >> 2 & 0x7ff;
        f->has_end = (f->unwind & 3) != 3;
    } else {
        pel_span bytes = pel_unwind_bytes(f->image, f->unwind, 4);
        length = (uint32_t)pel_span_uint(bytes, 0, 4) & 0x3ffff;
        f->has_end = bytes.size == 4;
    }
    f->end.v = f->has_end ? f->begin.v + length * scale : 0;
}

static void read_entry(pel_function *f, pel_reader *r)
{
    switch (f->table) {
    case PEL_FUNCTIONS_X64:
    case PEL_FUNCTIONS_IA64: read_range(f, r); break;
    case PEL_FUNCTIONS_ARM64:
    case PEL_FUNCTIONS_ARM: read_arm(f, r); break;
    case PEL_FUNCTIONS_CE: read_ce(f, r); break;
    case PEL_FUNCTIONS_MIPS: read_mips(f, r, 4); break;
    case PEL_FUNCTIONS_ALPHA64: read_mips(f, r, 8); break;
    case PEL_FUNCTIONS_NONE: break;
    }
}

/* ---- the walk ---------------------------------------------------------- */

pel_function_iter pel_image_functions(const pel_image *image)
{
    pel_data_directory dir = pel_image_directory(image, PEL_DIR_EXCEPTION);
    pel_function_table table = pel_image_function_table(image);
    return (pel_function_iter){ .image = image,
                                .table = table,
                                .next = table == PEL_FUNCTIONS_NONE ? 0 : dir.address,
                                .size = dir.size,
                                .left = pel_image_belief(image) };
}

/* The bytes of an entry: in the file as a rule, at `f->offset`, else as they are in memory. */
static pel_status entry_bytes(const pel_function_iter *it, unsigned size, uint8_t *copy,
                              pel_function *f, pel_span *out)
{
    pel_rva rva = { (uint32_t)it->next };
    if (it->next > UINT32_MAX)
        return PEL_NOT_FOUND;
    pel_rva_answer a = pel_image_at_rva(it->image, rva);
    if (a.has_offset && a.run >= size && pel_span_slice(it->image->bytes, a.offset.v, size, out)) {
        f->has_offset = true;
        f->offset = a.offset;
        return PEL_OK;
    }
    if (pel_image_is_lost(it->image, it->next) || pel_image_is_lost(it->image, it->next + size - 1))
        return PEL_TRUNCATED;
    *out = (pel_span){ copy, size };
    return pel_image_read(it->image, rva, copy, size) == PEL_OK ? PEL_OK : PEL_NOT_FOUND;
}

bool pel_function_next(pel_function_iter *it, pel_function *out)
{
    uint8_t copy[LARGEST_ENTRY];
    pel_span bytes;
    unsigned size = tables[it->table].size;
    *out = (pel_function){ .image = it->image, .table = it->table, .index = it->index };
    if (it->next == 0 || it->status != PEL_OK)
        return false;
    if (it->size < size)
        return pel_walk_ends(&it->next, &it->status, PEL_OK);
    pel_status st = entry_bytes(it, size, copy, out, &bytes);
    if (st == PEL_OK && !pel_spend(&it->left, size))
        st = PEL_LIMIT;
    if (st != PEL_OK)
        return pel_walk_ends(&it->next, &it->status, st);
    pel_reader r = { .bytes = bytes };
    read_entry(out, &r);
    it->next += size;
    it->size -= size;
    it->index++;
    return true;
}

/* ---- what is wrong ----------------------------------------------------- */

static void note(pel_function_oddity *o, const pel_function *f, uint64_t seen, uint64_t limit)
{
    if (o->count++ == 0) {
        o->index = f->index;
        o->found = seen;
        o->limit = limit;
    }
}

static void check_unwind(pel_function_report *report, const pel_function *f)
{
    bool x64 = f->table == PEL_FUNCTIONS_X64;
    if (!x64 &&
        ((f->table != PEL_FUNCTIONS_ARM64 && f->table != PEL_FUNCTIONS_ARM) || (f->unwind & 3)))
        return;
    pel_span bytes = pel_unwind_bytes(f->image, f->unwind & ~(uint32_t)1, 4);
    uint32_t word = (uint32_t)pel_span_uint(bytes, 0, 4), version = word & 7;
    if (bytes.size < 4)
        note(&report->outside, f, f->unwind, 0);
    else if (x64 && !(f->unwind & 1) && (version < 1 || version > 3))
        note(&report->version, f, version, 3);
    else if (!x64 && (word >> 18 & 3) != 0)
        note(&report->version, f, word >> 18 & 3, 0);
}

pel_function_report pel_image_check_functions(const pel_image *image)
{
    pel_function_report report = { 0 };
    pel_rva begin = { 0 }, end = { 0 };
    pel_function_iter it = pel_image_functions(image);
    for (pel_function f; pel_function_next(&it, &f); report.count++) {
        if (f.begin.v == 0 && f.unwind == 0)
            continue; /* zeros: room that was left */
        if (f.begin.v < begin.v)
            note(&report.unsorted, &f, f.begin.v, begin.v);
        else if (f.begin.v < end.v)
            note(&report.overlaps, &f, f.begin.v, end.v);
        check_unwind(&report, &f);
        begin = f.begin;
        end = f.end;
    }
    report.status = it.status;
    return report;
}
