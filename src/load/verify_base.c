/* SPDX-License-Identifier: Apache-2.0 */
/* Where the module is. A minidump lists modules. Of a raw dump nothing is known but its bytes: the
 * header that Windows rewrites, and the words that it relocates, which all moved by the same
 * distance. */
#include <stdlib.h>
#include <string.h>

#include "load/load_priv.h"
#include "load/verify_priv.h"

#define VOTES     4096 /* relocations that are asked */
#define NAME_SIZE 1024

bool pel_verify_word(const pel_verify *v, uint64_t rva, unsigned width, uint64_t *out)
{
    uint8_t bytes[8];
    pel_va at = { v->origin.v + rva };
    bool there = pel_memory_dump_read(v->dump, at, bytes, width) == PEL_OK;
    *out = there ? pel_span_uint((pel_span){ bytes, width }, 0, width) : 0;
    return there;
}

/* ---- by relocations ---------------------------------------------------- */

/* Walks the relocated words of which both file and dump have all bytes. */
typedef struct word_iter {
    const pel_verify *v;
    pel_reloc_iter blocks;
    pel_reloc_block block;
    size_t count, next;
    uint64_t left; /* entries to look at */
} word_iter;

static word_iter words_of(const pel_verify *v, uint64_t most)
{
    return (word_iter){ .v = v, .blocks = pel_image_relocs(v->image), .left = most };
}

static bool next_entry(word_iter *it, pel_reloc *out)
{
    while (it->next == it->count) {
        if (!pel_reloc_next(&it->blocks, &it->block))
            return false;
        it->count = pel_reloc_count(&it->block);
        it->next = 0;
    }
    *out = pel_reloc_entry(&it->block, it->next++);
    return it->left > 0 && it->left-- > 0;
}

static bool next_word(word_iter *it, uint64_t *in_file, uint64_t *in_memory)
{
    unsigned width = it->v->word;
    unsigned type = width == 8 ? PEL_REL_DIR64 : PEL_REL_HIGHLOW;
    uint8_t bytes[8];
    for (pel_reloc r; next_entry(it, &r);) {
        if (r.type != type || pel_image_read(it->v->image, r.rva, bytes, width) != PEL_OK ||
            !pel_verify_word(it->v, r.rva.v, width, in_memory))
            continue;
        *in_file = pel_span_uint((pel_span){ bytes, width }, 0, width);
        return true;
    }
    return false;
}

/* A difference of addresses, in as many bits as they have. */
static uint64_t distance(const pel_verify *v, uint64_t from, uint64_t to)
{
    return v->word == 8 ? to - from : (uint32_t)(to - from);
}

uint64_t pel_verify_count_relocated(const pel_verify *v, pel_va base, uint64_t most,
                                    uint64_t *tried)
{
    uint64_t moved = distance(v, pel_image_optional_header(v->image)->image_base.v, base.v);
    uint64_t agree = 0, in_file, in_memory;
    word_iter it = words_of(v, most);
    for (*tried = 0; next_word(&it, &in_file, &in_memory); ++*tried)
        agree += distance(v, in_file, in_memory) == moved;
    return agree;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The distance that most of the words have moved by. False unless that is half of them. */
static pel_status most_common(const pel_verify *v, uint64_t *out, bool *found)
{
    uint64_t *votes = pel_take(&v->allocator, VOTES * sizeof *votes);
    size_t count = 0, best = 0, run = 0;
    uint64_t in_file, in_memory;
    if (!votes)
        return PEL_NO_MEMORY;
    word_iter it = words_of(v, VOTES);
    while (count < VOTES && next_word(&it, &in_file, &in_memory))
        votes[count++] = distance(v, in_file, in_memory);
    qsort(votes, count, sizeof *votes, compare_numbers);
    for (size_t i = 0; i < count; i++) {
        run = i > 0 && votes[i] == votes[i - 1] ? run + 1 : 1;
        if (run > best) {
            best = run;
            *out = votes[i];
        }
    }
    *found = best > 0 && 2 * best >= count;
    pel_give(&v->allocator, votes, VOTES * sizeof *votes);
    return PEL_OK;
}

/* ---- a raw dump -------------------------------------------------------- */

static bool is_plausible(const pel_verify *v, uint64_t base)
{
    uint64_t end = base + v->sum.size;
    return base != 0 && base % PEL_GRANULARITY == 0 && end > base &&
           (v->word == 8 || end <= (uint64_t)UINT32_MAX + 1);
}

/* What the dump's header says, if it is one and the words do not speak against it. */
static bool base_of_header(const pel_verify *v, pel_va *out)
{
    pel_place at = pel_image_place(v->image, &pel_optional_header_schema, 0, "ImageBase");
    uint64_t tried, agree;
    if (!pel_verify_word(v, at.offset.v, v->word, &out->v) || !is_plausible(v, out->v))
        return false;
    agree = pel_verify_count_relocated(v, *out, VOTES, &tried);
    return 2 * agree >= tried;
}

static pel_status guess_base(pel_verify *v)
{
    pel_va linked = pel_image_optional_header(v->image)->image_base;
    uint64_t moved = 0;
    bool found;
    v->sum.base_source = PEL_BASE_HEADER;
    if (base_of_header(v, &v->sum.base) && v->sum.base.v != linked.v)
        return PEL_OK;
    PEL_TRY(most_common(v, &moved, &found));
    uint64_t base = distance(v, 0, linked.v + moved);
    found = found && moved != 0 && is_plausible(v, base);
    v->sum.base_source = found ? PEL_BASE_RELOCATIONS : PEL_BASE_FILE;
    v->sum.base.v = found ? base : linked.v;
    return PEL_OK;
}

/* ---- a minidump -------------------------------------------------------- */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool same_text(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

static const char *file_name(const char *path)
{
    const char *name = path;
    for (; *path; path++)
        if (*path == '/' || *path == '\\')
            name = path + 1;
    return name;
}

static const pel_dump_module *module_called(const pel_memory_dump *dump, const char *name)
{
    char path[NAME_SIZE];
    for (size_t i = 0; i < pel_memory_dump_module_count(dump); i++) {
        const pel_dump_module *m = pel_memory_dump_module(dump, i);
        pel_memory_dump_module_name(dump, m, path, sizeof path);
        if (same_text(path, name) || same_text(file_name(path), name))
            return m;
    }
    return NULL;
}

/* The one that was made of a file with the same time, size and checksum. */
static const pel_dump_module *module_alike(const pel_verify *v)
{
    const pel_optional_header *o = pel_image_optional_header(v->image);
    for (size_t i = 0; i < pel_memory_dump_module_count(v->dump); i++) {
        const pel_dump_module *m = pel_memory_dump_module(v->dump, i);
        if (m->timestamp == pel_image_file_header(v->image)->timestamp &&
            m->size == o->size_of_image && m->checksum == o->checksum)
            return m;
    }
    return NULL;
}

static pel_status find_module(pel_verify *v, const pel_verify_options *o)
{
    const pel_dump_module *m = NULL;
    if (o->has_base)
        m = pel_memory_dump_module_at(v->dump, o->base);
    else if (o->module)
        m = module_called(v->dump, o->module);
    else if (o->path)
        m = module_called(v->dump, file_name(o->path));
    if (!m && !o->has_base && !o->module)
        m = module_alike(v);
    v->sum.module = m;
    if (o->has_base)
        return PEL_OK;
    if (!m)
        return PEL_NOT_FOUND;
    v->sum.base = m->base;
    v->sum.base_source = PEL_BASE_MODULE;
    return PEL_OK;
}

pel_status pel_verify_find_base(pel_verify *v, const pel_verify_options *options)
{
    bool raw = pel_memory_dump_get_kind(v->dump) == PEL_DUMP_RAW;
    v->sum.base = options->base;
    v->sum.base_source = PEL_BASE_GIVEN;
    if (!raw)
        PEL_TRY(find_module(v, options));
    else if (!options->has_base)
        PEL_TRY(guess_base(v));
    v->origin.v = raw ? 0 : v->sum.base.v;
    return PEL_OK;
}
