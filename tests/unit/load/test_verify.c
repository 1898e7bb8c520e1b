/* SPDX-License-Identifier: Apache-2.0 */
/* A module in memory beside its file: what is explained, and what is told of the rest.
 *
 *   0x1000  .text   code: two exported functions
 *   0x3000  .rdata  words that are relocated, the TLS directory, the load configuration
 *   0x4000  .data   cookie, TLS index
 *   0x5000  .pack   executable, without bytes of the file
 *   0x7000  .idata  0x8000 .edata  0x9000 .reloc
 */
#include <pelorus/verify.h>

#include "fixture.h"
#include "minidump_writer.h"

enum {
    TEXT = 0x1000,
    SECOND = 0x1100,
    JUMP = 0x1200,
    RDATA = 0x3000,
    DATA = 0x4000,
    COOKIE = DATA + 8,
    PACK = 0x5000,
    IDATA = 0x7000,
    IMAGE = 0xA000,
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

static void link_va(subject *t, uint32_t at, pel_build_place to)
{
    pel_builder_link(t->s.b, (pel_build_place){ 1, at }, PEL_BUILD_LINK_VA, to);
}

static void add_sections(subject *t)
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
    pel_builder_virtual_size(b, pel_builder_section(b, ".pack", SAMPLE_RX), 0x2000);
    for (uint32_t i = 0; i < 6; i++)
        link_va(t, i * word, (pel_build_place){ 0, 0x10 * i });
    link_va(t, TLS_AT + 2 * word, (pel_build_place){ 2, 0 });
    link_va(t, CONFIG_AT + (t->wide ? 0x58 : 0x3c), (pel_build_place){ 2, COOKIE - DATA });
    link_va(t, CONFIG_AT + (t->wide ? 0x70 : 0x48), (pel_build_place){ 1, 0x300 });
}

static void add_directories(subject *t)
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
static void make(subject *t, bool wide, uint64_t base)
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

static void compare_with(subject *t, pel_span memory)
{
    ck_ok(pel_memory_dump_parse(memory, NULL, &t->dump));
    ck_ok(pel_verify_new(t->s.img, t->dump, &t->options, &t->v));
}

static const pel_verify_summary *compare(subject *t)
{
    compare_with(t, (pel_span){ t->memory, IMAGE });
    return pel_verify_get_summary(t->v);
}

static void done(subject *t)
{
    pel_verify_free(t->v);
    pel_memory_dump_free(t->dump);
    sample_free(&t->s);
}

static void ck_kind(const subject *t, size_t index, pel_verify_kind kind, uint64_t rva,
                    uint64_t size)
{
    const pel_difference *d = pel_verify_difference(t->v, index);
    ck_assert_msg(d != NULL, "no difference %zu", index);
    ck_assert_str_eq(pel_verify_kind_name(d->kind), pel_verify_kind_name(kind));
    ck_hex(d->rva.v, rva);
    ck_hex(d->size, size);
}

/* ---- what is explained ------------------------------------------------- */

START_TEST(what_windows_maps_is_equal)
{
    static subject t;
    make(&t, _i & 1, _i & 2 ? ELSEWHERE : 0x10000000);
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_hex(s->base.v, _i & 2 ? ELSEWHERE : 0x10000000);
    ck_assert_uint_eq(s->pages_compared, IMAGE / PEL_PAGE_SIZE);
    ck_assert_uint_eq(s->pages_equal, s->pages_compared);
    ck_assert_uint_eq(s->pages_missing, 0);
    ck_assert_uint_eq(s->relocations, _i & 2 ? 9 : 0);
    ck_assert_uint_eq(s->header, _i & 2 ? 1 : 0);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 0);
    ck_assert_ptr_null(pel_verify_difference(t.v, 0));
    done(&t);
}
END_TEST

START_TEST(what_the_loader_writes_is_explained)
{
    static subject t;
    make(&t, _i, ELSEWHERE);
    pel_store_uint(t.memory + t.slot, _i ? 8 : 4, 0x7ff01234);
    pel_store_uint(t.memory + COOKIE, 4, 0x12345678);
    pel_store_uint(t.memory + DATA, 4, 17);
    pel_store_uint(t.memory + RDATA + 0x300, 4, 0x7ff05678);
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_assert_uint_eq(s->iat, 1);
    ck_assert_uint_eq(s->cookie, 1);
    ck_assert_uint_eq(s->tls_index, 1);
    ck_assert_uint_eq(s->guard, 1);
    ck_assert_uint_eq(s->bytes_changed, 0);
    ck_assert_uint_eq(s->pages_equal, s->pages_compared);
    done(&t);
}
END_TEST

START_TEST(writable_data_is_told_apart)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    t.memory[DATA + 0x100] = 1;
    t.memory[DATA + 0xf00] = 2;
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_assert_uint_eq(s->bytes_changed, 2);
    ck_assert_uint_eq(s->pages_equal, s->pages_compared - 1);
    ck_assert_uint_eq(pel_verify_changed_count(t.v), 1);
    const pel_changed_data *c = pel_verify_changed(t.v, 0);
    ck_assert_uint_eq(c->section, 2);
    ck_hex(c->rva.v, DATA + 0x100);
    ck_hex(c->size, 0xe01);
    ck_assert_uint_eq(c->differ, 2);
    ck_assert_ptr_null(pel_verify_changed(t.v, 1));
    done(&t);
}
END_TEST

/* ---- the base ---------------------------------------------------------- */

START_TEST(the_base_is_found)
{
    static subject t;
    static const char *const sources[] = { "header", "relocations", "option", "file" };
    unsigned width = _i / 4 ? 8 : 4;
    make(&t, _i / 4, ELSEWHERE);
    pel_foff field = pel_image_place(t.s.img, &pel_optional_header_schema, 0, "ImageBase").offset;
    if (_i % 4 == 1) /* as an image that the kernel does not move */
        pel_store_uint(t.memory + field.v, width, 0x10000000);
    if (_i % 4 == 2)
        t.options = (pel_verify_options){ .has_base = true, .base = { ELSEWHERE } };
    if (_i % 4 == 3) { /* nothing that would help */
        pel_store_uint(t.memory + field.v, width, 0x1234);
        memset(t.memory + RDATA, 0x33, 0x100);
    }
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_base_source_name(s->base_source), sources[_i % 4]);
    ck_hex(s->base.v, _i % 4 == 3 ? 0x10000000 : ELSEWHERE);
    ck_assert_int_eq(s->status == PEL_VERIFY_EQUAL, _i % 4 != 3);
    done(&t);
}
END_TEST

/* A header that lies is not believed: the words speak against it. */
START_TEST(relocations_outvote_the_header)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    pel_foff field = pel_image_place(t.s.img, &pel_optional_header_schema, 0, "ImageBase").offset;
    pel_store_uint(t.memory + field.v, 8, 0x55550000);
    const pel_verify_summary *s = compare(&t);
    ck_hex(s->base.v, ELSEWHERE);
    ck_assert(s->headers_differ);
    ck_kind(&t, 0, PEL_DIFF_HEADER, field.v + 2, 2);
    done(&t);
}
END_TEST

/* ---- what differs ------------------------------------------------------ */

START_TEST(a_jump_at_an_export_is_a_hook)
{
    static subject t;
    make(&t, _i, ELSEWHERE);
    t.memory[SECOND] = 0xE9;
    pel_store_uint(t.memory + SECOND + 1, 4, FAR - (ELSEWHERE + SECOND + 5));
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "differs");
    ck_assert_uint_eq(s->bytes_differ, 5);
    ck_kind(&t, 0, PEL_DIFF_HOOK, SECOND, 5);
    const pel_difference *d = pel_verify_difference(t.v, 0);
    ck_assert(d->has_target && !d->target_inside);
    ck_hex(d->target.v, FAR);
    ck_hex(d->va.v, ELSEWHERE + SECOND);
    ck_assert_uint_eq(d->section, 0);
    ck_assert(d->symbol.len == 6 && memcmp(d->symbol.ptr, "Second", 6) == 0);
    ck_assert_uint_eq(d->symbol_offset, 0);
    ck_assert_uint_eq(d->shown, 5);
    ck_hex(d->file_bytes[0], 0x50 + 0x100 % 7);
    ck_hex(d->memory_bytes[0], 0xE9);
    ck_assert(d->has_offset);
    pel_foff at;
    ck_ok(pel_image_rva_to_foff(t.s.img, d->rva, &at));
    ck_hex(d->offset.v, at.v);
    done(&t);
}
END_TEST

START_TEST(a_jump_is_found_though_its_first_byte_is_the_same)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    pel_store_uint(t.memory + JUMP + 1, 4, FAR + 1 - (ELSEWHERE + JUMP + 5));
    compare(&t);
    ck_kind(&t, 0, PEL_DIFF_HOOK, JUMP + 1, 4);
    ck_hex(pel_verify_difference(t.v, 0)->target.v, FAR + 1);
    done(&t);
}
END_TEST

typedef struct patch {
    uint32_t rva, size;
    uint8_t bytes[16];
    pel_verify_kind kind;
} patch;

static const patch patches[] = {
    { SECOND + 0x333, 3, { 0x90, 0x90, 0x90 }, PEL_DIFF_PATCH },
    { SECOND + 0x333, 1, { 0xCC }, PEL_DIFF_BREAKPOINT },
    { SECOND + 0x333, 4, { 0 }, PEL_DIFF_ZEROED },
    { RDATA + 0x200, 1, { 0xCC }, PEL_DIFF_PATCH },
    { RDATA + 0x200, 5, { 0xE9, 0, 0, 0, 0x10 }, PEL_DIFF_PATCH },
    { PACK + 0x800, 2, { 0xC3, 0xC3 }, PEL_DIFF_UNPACKED },
    { 0x4e, 4, { 'H', 'i', '!', '!' }, PEL_DIFF_HEADER },
    /* a jump within the image, far from any export, is just a patch */
    { SECOND + 0x333, 5, { 0xE9, 0x10, 0, 0, 0 }, PEL_DIFF_PATCH },
};

START_TEST(each_patch_is_what_it_is)
{
    static subject t;
    const patch *p = &patches[_i];
    make(&t, true, ELSEWHERE);
    memcpy(t.memory + p->rva, p->bytes, p->size);
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, p->kind, p->rva, p->size);
    ck_assert_int_eq(s->headers_differ, p->kind == PEL_DIFF_HEADER);
    done(&t);
}
END_TEST

START_TEST(a_word_that_was_not_relocated_is_told_as_such)
{
    static subject t;
    make(&t, _i, ELSEWHERE);
    uint64_t linked = 0x10000000 + TEXT;
    pel_store_uint(t.memory + RDATA, _i ? 8 : 4, linked);
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(s->relocations, 8);
    ck_kind(&t, 0, PEL_DIFF_UNRELOCATED, RDATA + 3, 1);
    done(&t);
}
END_TEST

START_TEST(near_runs_are_one_and_far_ones_two)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    t.memory[TEXT + 0x400] ^= 0xff;
    t.memory[TEXT + 0x408] ^= 0xff; /* 7 equal bytes between */
    t.memory[TEXT + 0x440] ^= 0xff;
    t.memory[TEXT + 0x44a] ^= 0xff;
    compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 3);
    ck_kind(&t, 0, PEL_DIFF_PATCH, TEXT + 0x400, 9);
    ck_assert_uint_eq(pel_verify_difference(t.v, 0)->differ, 2);
    ck_kind(&t, 1, PEL_DIFF_PATCH, TEXT + 0x440, 1);
    ck_kind(&t, 2, PEL_DIFF_PATCH, TEXT + 0x44a, 1);
    done(&t);
}
END_TEST

START_TEST(a_run_goes_over_the_edge_of_a_page)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    for (uint32_t i = 0; i < 8; i++)
        t.memory[0x1ffc + i] ^= 0xff;
    compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, PEL_DIFF_PATCH, 0x1ffc, 8);
    done(&t);
}
END_TEST

/* ---- whole pages ------------------------------------------------------- */

START_TEST(pages_of_other_content_are_one_difference)
{
    static subject t;
    uint64_t seed = 99;
    make(&t, true, ELSEWHERE);
    for (uint32_t i = 0; i < 0x2000; i++)
        t.memory[TEXT + i] = (uint8_t)random_next(&seed);
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, PEL_DIFF_REPLACED, TEXT, 0x2000);
    ck_assert_uint_eq(s->pages_replaced, 2);
    ck_assert_str_eq(pel_verify_status_name(s->status), "differs");
    const pel_difference *d = pel_verify_difference(t.v, 0);
    ck_assert(d->has_entropy && d->memory_entropy > 7.5 && d->file_entropy < 4);
    done(&t);
}
END_TEST

START_TEST(an_image_of_other_content_is_replaced)
{
    static subject t;
    uint64_t seed = 7;
    make(&t, true, ELSEWHERE);
    t.options = (pel_verify_options){ .has_base = true, .base = { ELSEWHERE } };
    for (uint32_t i = 0; i < IMAGE; i++)
        t.memory[i] = (uint8_t)random_next(&seed);
    const pel_verify_summary *s = compare(&t);
    ck_assert_str_eq(pel_verify_status_name(s->status), "replaced");
    ck_assert(s->headers_differ);
    done(&t);
}
END_TEST

START_TEST(a_section_that_was_empty_is_unpacked)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    memset(t.memory + PACK, 0x66, 0x1f00);
    compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 1);
    ck_kind(&t, 0, PEL_DIFF_UNPACKED, PACK, 0x2000);
    ck_assert(!pel_verify_difference(t.v, 0)->has_offset);
    done(&t);
}
END_TEST

START_TEST(a_page_of_zeros_is_zeroed_and_nothing_is_replaced)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    memset(t.memory + TEXT, 0, 0x1000);
    const pel_verify_summary *s = compare(&t);
    ck_kind(&t, 0, PEL_DIFF_ZEROED, TEXT, 0x1000);
    ck_assert_uint_eq(s->pages_replaced, 0);
    done(&t);
}
END_TEST

START_TEST(differences_beyond_the_limit_are_counted)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    for (uint32_t i = 0; i < 10; i++)
        t.memory[TEXT + 0x40 * i] ^= 0xff;
    t.options.limit = 3;
    const pel_verify_summary *s = compare(&t);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), 3);
    ck_assert_uint_eq(s->left_out, 7);
    ck_assert_uint_eq(s->bytes_differ, 10);
    done(&t);
}
END_TEST

/* ---- what is not there ------------------------------------------------- */

START_TEST(what_a_cut_dump_lacks_is_missing_and_does_not_differ)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    compare_with(&t, (pel_span){ t.memory, 0x2345 });
    const pel_verify_summary *s = pel_verify_get_summary(t.v);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_assert_uint_eq(s->pages_compared, 3);
    ck_assert_uint_eq(s->bytes_compared, 0x2345);
    ck_assert_uint_eq(s->pages_missing, IMAGE / PEL_PAGE_SIZE - 3);
    ck_assert_uint_eq(pel_verify_missing_count(t.v), 1);
    ck_hex(pel_verify_missing(t.v, 0)->rva.v, 0x3000);
    ck_hex(pel_verify_missing(t.v, 0)->size, IMAGE - 0x3000);
    ck_assert_ptr_null(pel_verify_missing(t.v, 1));
    done(&t);
}
END_TEST

START_TEST(without_a_page_there_is_nothing_to_tell)
{
    static subject t;
    make(&t, true, ELSEWHERE);
    compare_with(&t, (pel_span){ NULL, 0 });
    ck_assert_str_eq(pel_verify_status_name(pel_verify_get_summary(t.v)->status), "nothing");
    done(&t);
}
END_TEST

/* ---- minidumps --------------------------------------------------------- */

static uint32_t put_text(writer *w, const char *text)
{
    uint32_t at = (uint32_t)w->at;
    PUT(w, count, .count = (uint32_t)(2 * strlen(text)));
    for (; *text; text++, w->at += 2)
        pel_store_uint(w->bytes + w->at, 2, (uint8_t)*text);
    return at;
}

/* The module "C:\x\this.dll", another one at FAR, and pages [first, end) of the first. */
static pel_span minidump_of(const subject *t, writer *w, uint64_t first, uint64_t end)
{
    const pel_optional_header *o = pel_image_optional_header(t->s.img);
    begin(w, 2);
    uint32_t name = put_text(w, "C:\\x\\This.dll"), other = put_text(w, "C:\\y\\other.dll");
    size_t start = w->at;
    PUT(w, count, .count = 2);
    PUT(w, module, .base = ELSEWHERE, .size = IMAGE, .checksum = o->checksum,
        .time = pel_image_file_header(t->s.img)->timestamp, .name_rva = name);
    PUT(w, module, .base = FAR, .size = 0x1000, .name_rva = other);
    end_stream(w, PEL_MD_STREAM_MODULE_LIST, start);
    start = w->at;
    PUT(w, memory64_list, .count = 1, .base = 0x1000);
    PUT(w, memory64, .start = ELSEWHERE + first, .size = end - first);
    end_stream(w, PEL_MD_STREAM_MEMORY64_LIST, start);
    memcpy(w->bytes + 0x1000, t->memory + first, (size_t)(end - first));
    return (pel_span){ w->bytes, (size_t)(0x1000 + end - first) };
}

START_TEST(a_module_is_found_in_a_minidump)
{
    static const pel_verify_options ways[] = {
        { .module = "this.DLL" },
        { .module = "c:\\X\\this.dll" },
        { .path = "/somewhere/this.dll" },
        { .path = "renamed" },
        { .has_base = true, .base = { ELSEWHERE } },
    };
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    t.options = ways[_i];
    compare_with(&t, minidump_of(&t, &w, 0, IMAGE));
    const pel_verify_summary *s = pel_verify_get_summary(t.v);
    ck_assert_str_eq(pel_verify_status_name(s->status), "equal");
    ck_hex(s->base.v, ELSEWHERE);
    ck_hex(s->module->base.v, ELSEWHERE);
    ck_assert_int_eq(s->base_source, _i == 4 ? PEL_BASE_GIVEN : PEL_BASE_MODULE);
    done(&t);
}
END_TEST

START_TEST(a_module_that_is_not_there_is_not_found)
{
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    t.options.module = "nobody.dll";
    ck_ok(pel_memory_dump_parse(minidump_of(&t, &w, 0, IMAGE), NULL, &t.dump));
    ck_status(PEL_NOT_FOUND, pel_verify_new(t.s.img, t.dump, &t.options, &t.v));
    ck_assert_ptr_null(t.v);
    done(&t);
}
END_TEST

START_TEST(an_import_that_leads_to_no_module_is_told)
{
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    pel_store_uint(t.memory + t.slot, 8, _i ? FAR + 0x10 : FAR + 0x1000);
    compare_with(&t, minidump_of(&t, &w, 0, IMAGE));
    ck_assert_uint_eq(pel_verify_get_summary(t.v)->iat, _i ? 1 : 0);
    ck_assert_uint_eq(pel_verify_difference_count(t.v), _i ? 0 : 1);
    if (!_i) {
        ck_kind(&t, 0, PEL_DIFF_IMPORT, t.slot, 8);
        ck_hex(pel_verify_difference(t.v, 0)->target.v, FAR + 0x1000);
        ck_assert_ptr_null(pel_verify_difference(t.v, 0)->target_module);
    }
    done(&t);
}
END_TEST

START_TEST(the_module_that_a_hook_leads_to_is_told)
{
    static subject t;
    static writer w;
    make(&t, true, ELSEWHERE);
    t.memory[SECOND] = 0xE8;
    pel_store_uint(t.memory + SECOND + 1, 4, FAR + 8 - (ELSEWHERE + SECOND + 5));
    compare_with(&t, minidump_of(&t, &w, 0x1000, 0x2000));
    ck_kind(&t, 0, PEL_DIFF_HOOK, SECOND, 5);
    ck_hex(pel_verify_difference(t.v, 0)->target_module->base.v, FAR);
    const pel_verify_summary *s = pel_verify_get_summary(t.v);
    ck_assert_uint_eq(s->pages_compared, 1);
    ck_assert_uint_eq(pel_verify_missing_count(t.v), 2);
    ck_hex(pel_verify_missing(t.v, 1)->rva.v, 0x2000);
    done(&t);
}
END_TEST

/* ---- what cannot be compared ------------------------------------------- */

START_TEST(what_is_no_image_is_refused)
{
    static subject t;
    pel_image *image;
    const pel_image_options in_memory = { .layout = PEL_LAYOUT_MEMORY };
    make(&t, true, ELSEWHERE);
    ck_ok(pel_memory_dump_parse((pel_span){ t.memory, IMAGE }, NULL, &t.dump));
    ck_ok(pel_image_parse((pel_span){ t.memory, 0x20 }, NULL, &image));
    ck_status(PEL_MALFORMED, pel_verify_new(image, t.dump, NULL, &t.v));
    pel_image_free(image);
    ck_ok(pel_image_parse((pel_span){ t.memory, IMAGE }, &in_memory, &image));
    ck_status(PEL_MALFORMED, pel_verify_new(image, t.dump, NULL, &t.v));
    pel_image_free(image);
    ck_status(PEL_BAD_ARG, pel_verify_new(NULL, t.dump, NULL, &t.v));
    ck_status(PEL_BAD_ARG, pel_verify_new(t.s.img, NULL, NULL, &t.v));
    ck_status(PEL_BAD_ARG, pel_verify_new(t.s.img, t.dump, NULL, NULL));
    done(&t);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    static subject t;
    pel_status st = PEL_NO_MEMORY;
    make(&t, true, ELSEWHERE);
    t.memory[SECOND] = 0xE9;
    t.memory[DATA + 0x100] = 1;
    ck_ok(pel_memory_dump_parse((pel_span){ t.memory, 0x8000 }, NULL, &t.dump));
    for (long n = 0; st == PEL_NO_MEMORY; n++) {
        alloc_fail f = { .left = n };
        pel_allocator a = alloc_fail_allocator(&f);
        pel_verify_options o = { .allocator = &a };
        st = pel_verify_new(t.s.img, t.dump, &o, &t.v);
        ck_assert((t.v != NULL) == (st == PEL_OK));
        pel_verify_free(t.v);
        t.v = NULL;
        ck_assert_int_eq(f.live, 0);
    }
    ck_ok(st);
    done(&t);
}
END_TEST

PEL_TESTS(load_verify)
{
    tcase_add_loop_test(tests, what_windows_maps_is_equal, 0, 4);
    tcase_add_loop_test(tests, what_the_loader_writes_is_explained, 0, 2);
    tcase_add_test(tests, writable_data_is_told_apart);
    tcase_add_loop_test(tests, the_base_is_found, 0, 8);
    tcase_add_test(tests, relocations_outvote_the_header);
    tcase_add_loop_test(tests, a_jump_at_an_export_is_a_hook, 0, 2);
    tcase_add_test(tests, a_jump_is_found_though_its_first_byte_is_the_same);
    tcase_add_loop_test(tests, each_patch_is_what_it_is, 0, sizeof patches / sizeof patches[0]);
    tcase_add_loop_test(tests, a_word_that_was_not_relocated_is_told_as_such, 0, 2);
    tcase_add_test(tests, near_runs_are_one_and_far_ones_two);
    tcase_add_test(tests, a_run_goes_over_the_edge_of_a_page);
    tcase_add_test(tests, pages_of_other_content_are_one_difference);
    tcase_add_test(tests, an_image_of_other_content_is_replaced);
    tcase_add_test(tests, a_section_that_was_empty_is_unpacked);
    tcase_add_test(tests, a_page_of_zeros_is_zeroed_and_nothing_is_replaced);
    tcase_add_test(tests, differences_beyond_the_limit_are_counted);
    tcase_add_test(tests, what_a_cut_dump_lacks_is_missing_and_does_not_differ);
    tcase_add_test(tests, without_a_page_there_is_nothing_to_tell);
    tcase_add_loop_test(tests, a_module_is_found_in_a_minidump, 0, 5);
    tcase_add_test(tests, a_module_that_is_not_there_is_not_found);
    tcase_add_loop_test(tests, an_import_that_leads_to_no_module_is_told, 0, 2);
    tcase_add_test(tests, the_module_that_a_hook_leads_to_is_told);
    tcase_add_test(tests, what_is_no_image_is_refused);
    tcase_add_test(tests, every_allocation_may_fail);
}
