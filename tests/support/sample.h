/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SAMPLE_H
#define SAMPLE_H

/* A small valid file for tests to make odd, and what is parsed of it:
 *
 *   headers 0x000..0x200   .text RVA 0x1000, file 0x200   .data RVA 0x2000, file 0x400
 *   e_lfanew 0x80          SizeOfImage 0x3000             0x600 bytes
 *
 *     sample s = sample_of(PEL_BUILD_PE32PLUS);
 *     pel_builder_poke(s.b, "optional_header.SizeOfImage", 0x1234);
 *     sample_parse(&s);
 *     ... s.img ...
 *     sample_free(&s);
 */

#include "check_pel.h"
#include "schema/decode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLE_TEXT,
    SAMPLE_DATA,
    SAMPLE_VALUE = 64, /* characters of a field */
    SAMPLE_NT = 0x80,
    SAMPLE_FILE_HEADER = 0x84,
    SAMPLE_OPTIONAL = 0x98,
    SAMPLE_DIRECTORIES = 0x108, /* PE32+ */
    SAMPLE_TABLE = 0x188,       /* PE32+ */
    SAMPLE_SIZE = 0x600,
    SAMPLE_IMAGE = 0x3000,
};

#define SAMPLE_RX (PEL_SCN_CNT_CODE | PEL_SCN_MEM_READ | PEL_SCN_MEM_EXECUTE)
#define SAMPLE_RW (PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE)

typedef struct sample {
    pel_builder *b;
    pel_span bytes;
    pel_image *img;
} sample;

/* Without a section. */
static inline sample sample_bare(pel_build_kind kind)
{
    sample s = { 0 };
    ck_ok(pel_builder_new(kind, NULL, &s.b));
    return s;
}

static inline sample sample_of(pel_build_kind kind)
{
    static const uint8_t code[] = { 0x31, 0xc0, 0xc3 };
    static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    sample s = sample_bare(kind);
    pel_builder_data(s.b, pel_builder_section(s.b, ".text", SAMPLE_RX), code, sizeof code);
    pel_builder_data(s.b, pel_builder_section(s.b, ".data", SAMPLE_RW), data, sizeof data);
    pel_builder_set(s.b, "optional_header.AddressOfEntryPoint", 0x1000);
    return s;
}

static inline void sample_finish(sample *s) { ck_ok(pel_builder_finish(s->b, &s->bytes)); }

static inline void sample_parse(sample *s)
{
    sample_finish(s);
    ck_ok(pel_image_parse(s->bytes, NULL, &s->img));
}

static inline void sample_free(sample *s)
{
    pel_image_free(s->img);
    pel_builder_free(s->b);
    *s = (sample){ 0 };
}

/* Any bytes, as they are. The builder keeps a copy. */
static inline sample sample_raw(const void *bytes, size_t size)
{
    sample s = sample_bare(PEL_BUILD_RAW);
    pel_builder_overlay(s.b, bytes, size);
    return s;
}

/* One field, before the layout (set) or after (poke); nothing without a path. */
typedef struct edit {
    const char *path;
    uint64_t value;
    bool set;
} edit;

#define SET(path, value)                                                                           \
    {                                                                                              \
        path, value, true                                                                          \
    }
#define POKE(path, value)                                                                          \
    {                                                                                              \
        path, value, false                                                                         \
    }

static inline void sample_edit(sample *s, const edit *edits, size_t count)
{
    for (size_t i = 0; i < count && edits[i].path; i++) {
        if (edits[i].set)
            pel_builder_set(s->b, edits[i].path, edits[i].value);
        else
            pel_builder_poke(s->b, edits[i].path, edits[i].value);
    }
}

/* A field of a section, which may be one of many. */
static inline void sample_poke_section(sample *s, uint32_t index, const char *field, uint64_t value)
{
    char path[64];
    snprintf(path, sizeof path, "sections[%u].%s", (unsigned)index, field);
    pel_builder_poke(s->b, path, value);
}

/* The first diagnostic with that code, or NULL. */
static inline const pel_diag *diag_of(const pel_image *img, pel_diag_code code)
{
    for (size_t i = 0; i < pel_image_diag_count(img); i++)
        if (pel_image_diag(img, i)->code == code)
            return pel_image_diag(img, i);
    return NULL;
}

static inline void ck_no_diag(const pel_image *img)
{
    char line[256] = "";
    if (pel_image_diag_count(img) > 0)
        pel_diag_format(pel_image_diag(img, 0), line, sizeof line);
    ck_assert_msg(pel_image_diag_count(img) == 0, "unexpected: %s", line);
}

/* A place in words; `want_offset` UINT64_MAX means that it has none. */
static inline void ck_place(const pel_place *place, const char *want, uint64_t want_offset)
{
    char got[128];
    pel_place_format(place, got, sizeof got);
    ck_assert_str_eq(got, want);
    ck_assert_int_eq(place->has_offset, want_offset != UINT64_MAX);
    if (place->has_offset)
        ck_hex(place->offset.v, want_offset);
}

static inline pel_status sample_keep(void *ctx, const void *data, size_t size)
{
    char *text = ctx;
    size_t used = strlen(text), room = SAMPLE_VALUE - 1 - used;
    strncat(text, data, size < room ? size : room);
    return PEL_OK;
}

/* What a diagnostic shows behind the name of a field is its value in the dump. Lists and structures
 * have none: what stands behind their name is a number of what is in them. */
static inline void ck_value_shown(const pel_image *img, const pel_diag *d)
{
    char where[128], line[512], text[SAMPLE_VALUE] = "";
    pel_sink sink = { .write = sample_keep, .ctx = text };
    size_t used = pel_place_format(&d->where, where, sizeof where);
    pel_diag_format(d, line, sizeof line);
    bool shown = line[used] == ' ' && strncmp(line + used, " at ", 4) != 0;
    if (!shown || pel_dump_field(img, NULL, where, NULL, sink) != PEL_OK)
        return;
    bool real = strchr(text, '.') && strncmp(text, "0x", 2) != 0;
    if (real)
        ck_assert_double_eq_tol(strtod(text, NULL), strtod(line + used, NULL), 0.001);
    else
        ck_assert_msg(strtoull(text, NULL, 0) == strtoull(line + used, NULL, 0), "%s: it is %s",
                      line, text);
}

/* The same numbers on every machine (xorshift64*); the state must not be 0. */
static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((random_next(state) >> 32) % limit);
}

/* Ask `img` everything; for files that must not make anything crash. */
static inline void look_at_everything(const pel_image *img)
{
    uint8_t page[64];
    pel_foff offset;
    pel_rich rich;
    for (uint32_t i = 0; i < pel_image_section_count(img); i++)
        ck_quick(pel_image_section(img, i));
    for (uint64_t rva = 0; rva < 0x100000000u; rva += 0xcccccc) {
        pel_rva at = { (uint32_t)rva };
        ck_quick(pel_image_at_rva(img, at).run > 0);
        ck_quick(pel_image_span(img, at, 64).size <= 64);
        pel_image_read(img, at, page, sizeof page);
    }
    for (uint64_t at = 0; at < pel_image_bytes(img).size + 4; at += 13)
        pel_image_at_foff(img, (pel_foff){ at });
    pel_reloc_iter it = pel_image_relocs(img);
    for (pel_reloc_block block; pel_reloc_next(&it, &block);)
        for (size_t i = 0; i < pel_reloc_count(&block); i++)
            ck_quick(pel_reloc_entry(&block, i).type < 16);
    for (size_t i = 0; i < pel_image_diag_count(img); i++)
        ck_quick(pel_diag_format(pel_image_diag(img, i), (char *)page, sizeof page) > 0);
    if (pel_image_rich(img, &rich))
        ck_quick(!pel_image_rich_entry(img, rich.entry_count));
    pel_image_overlay(img, &offset);
    pel_image_checksum(img);
    pel_check(img, NULL);
}

#endif
