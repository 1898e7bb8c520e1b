/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERIFY_SUBJECT_H
#define VERIFY_SUBJECT_H

/* A file and its memory, to be compared:
 *
 *   0x1000  .text   code: two exported functions
 *   0x3000  .rdata  words that are relocated, the TLS directory, the load configuration
 *   0x4000  .data   cookie, TLS index
 *   0x5000  .pack   executable, without bytes of the file
 *   0x8000  .idata  0x9000 .edata  0xa000 .reloc
 */
#include <pelorus/verify.h>

#include "fixture.h"

enum {
    TEXT = 0x1000,
    SECOND = 0x1100,
    JUMP = 0x1200,
    RDATA = 0x3000,
    DATA = 0x4000,
    COOKIE = DATA + 8,
    PACK = 0x5000,
    IDATA = 0x8000,
    IMAGE = 0xB000,
    TLS_AT = 0x40,
    CONFIG_AT = 0x80,
};

#define ELSEWHERE UINT64_C(0x30000000)
#define FAR       UINT64_C(0x31230000)

typedef struct subject {
    sample s;
    bool wide;
    uint64_t slot; /* RVA of the import's slot */
    uint8_t memory[IMAGE];
    pel_memory_dump *dump;
    pel_verify *v;
    pel_verify_options options;
} subject;

static inline void link_va(subject *t, uint32_t at, pel_build_place to)
{
    pel_builder_link(t->s.b, (pel_build_place){ 1, at }, PEL_BUILD_LINK_VA, to);
}

static inline void add_sections(subject *t)
{
    uint8_t code[0x1800], data[0x200] = { 0 }, constants[0x400] = { 0 };
    pel_builder *b = t->s.b;
    unsigned word = t->wide ? 8 : 4;
    for (size_t i = 0; i < sizeof code; i++)
        code[i] = (uint8_t)(0x50 + i % 7);
    code[JUMP - TEXT] = 0xE9; /* to where Second begins */
    pel_store_uint(code + JUMP - TEXT + 1, 4, (uint32_t)(SECOND - JUMP - 5));
    for (size_t i = 0; i < 0x20; i++)
        constants[0x200 + i] = (uint8_t)(i + 1);
    pel_store_uint(constants + CONFIG_AT, 4, t->wide ? 0x94 : 0x5c);
    pel_builder_data(b, pel_builder_section(b, ".text", SAMPLE_RX), code, sizeof code);
    pel_builder_data(
        b, pel_builder_section(b, ".rdata", PEL_SCN_CNT_INITIALIZED_DATA | PEL_SCN_MEM_READ),
        constants, sizeof constants);
    pel_builder_data(b, pel_builder_section(b, ".data", SAMPLE_RW), data, sizeof data);
    pel_builder_virtual_size(b, pel_builder_section(b, ".pack", SAMPLE_RX), 0x3000);
    for (uint32_t i = 0; i < 6; i++)
        link_va(t, i * word, (pel_build_place){ 0, 0x10 * i });
    link_va(t, TLS_AT + 2 * word, (pel_build_place){ 2, 0 });
    link_va(t, CONFIG_AT + (t->wide ? 0x58 : 0x3c), (pel_build_place){ 2, COOKIE - DATA });
    link_va(t, CONFIG_AT + (t->wide ? 0x70 : 0x48), (pel_build_place){ 1, 0x300 });
}

static inline void add_directories(subject *t)
{
    pel_builder *b = t->s.b;
    pel_build_import import = { .dll = "other.dll", .name = "Do" };
    const pel_build_export exports[] = { { .name = "First", .place = { 0, 0 } },
                                         { .name = "Second", .place = { 0, SECOND - TEXT } },
                                         { .name = "Third", .forward = "other.Do" },
                                         { .name = "Way", .place = { 0, JUMP - TEXT } } };
    pel_builder_imports(b, &import, 1);
    t->slot = IDATA + import.slot;
    pel_builder_exports(b, "this.dll", exports, 4);
    pel_builder_directory(b, PEL_DIR_TLS, (pel_rva){ RDATA + TLS_AT }, t->wide ? 40 : 24);
    pel_builder_directory(b, PEL_DIR_LOAD_CONFIG, (pel_rva){ RDATA + CONFIG_AT },
                          t->wide ? 0x94 : 0x5c);
    pel_builder_set(b, "optional_header.ImageBase", 0x10000000);
}

/* The file, and its memory at `base` as Windows would have it. */
static inline void make(subject *t, bool wide, uint64_t base)
{
    pel_space *space;
    pel_module module;
    pel_load_options o = { .has_base = true, .base = { base }, .header = PEL_HEADER_REWRITE };
    *t = (subject){ .wide = wide };
    t->s = sample_bare(wide ? PEL_BUILD_PE32PLUS : PEL_BUILD_PE32);
    add_sections(t);
    add_directories(t);
    sample_parse(&t->s);
    ck_hex(pel_image_view_size(t->s.img), IMAGE);
    pel_machine *m = machine_of(4 * MIB);
    ck_ok(pel_space_new(m, NULL, &space));
    ck_assert(pel_nt_success(pel_image_map(space, t->s.img, &o, &module)));
    for (uint64_t at = 0; at < IMAGE; at += PEL_PAGE_SIZE)
        ck_nt(SUCCESS, pel_space_peek(space, (pel_va){ base + at }, t->memory + at, PEL_PAGE_SIZE));
    pel_space_free(space);
    machine_done(m);
}

static inline void compare_with(subject *t, pel_span memory)
{
    ck_ok(pel_memory_dump_parse(memory, NULL, &t->dump));
    ck_ok(pel_verify_new(t->s.img, t->dump, &t->options, &t->v));
}

static const pel_verify_summary *compare(subject *t)
{
    compare_with(t, (pel_span){ t->memory, IMAGE });
    return pel_verify_get_summary(t->v);
}

static inline void done(subject *t)
{
    pel_verify_free(t->v);
    pel_memory_dump_free(t->dump);
    sample_free(&t->s);
}

static inline void ck_kind(const subject *t, size_t index, pel_verify_kind kind, uint64_t rva,
                           uint64_t size)
{
    const pel_difference *d = pel_verify_difference(t->v, index);
    ck_assert_msg(d != NULL, "no difference %zu", index);
    ck_assert_str_eq(pel_verify_kind_name(d->kind), pel_verify_kind_name(kind));
    ck_hex(d->rva.v, rva);
    ck_hex(d->size, size);
}

#endif
