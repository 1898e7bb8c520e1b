/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a dump of memory: find what is in it, and compare it with a file, of its own if it
 * looks like one. */
#include <pelorus/pelorus.h>
#include <string.h>

#include "fuzz.h"

/* ---- the dump ---------------------------------------------------------- */

/* From one end of all addresses to the other: pieces that have bytes, and holes. */
static void walk_memory(const pel_memory_dump *dump, size_t size)
{
    uint64_t at = 0, run;
    for (size_t n = 0; at < UINT64_MAX; n++, at += run) {
        uint8_t byte;
        pel_span bytes = pel_memory_dump_bytes(dump, (pel_va){ at }, &run);
        MUST(run > 0 && run <= UINT64_MAX - at);
        MUST(bytes.size == 0 || (bytes.size == run && bytes.size <= size));
        MUST((pel_memory_dump_read(dump, (pel_va){ at }, &byte, 1) == PEL_OK) == (bytes.size > 0));
        MUST(n <= size);
    }
}

static void walk_modules(const pel_memory_dump *dump, size_t size)
{
    char name[64];
    uint64_t last = 0;
    size_t count = pel_memory_dump_module_count(dump);
    MUST(count <= size / 108);
    MUST(pel_memory_dump_module(dump, count) == NULL);
    for (size_t i = 0; i < count && i < 1000; i++) {
        const pel_dump_module *m = pel_memory_dump_module(dump, i);
        size_t wanted = pel_memory_dump_module_name(dump, m, name, sizeof name);
        MUST(strlen(name) <= wanted && wanted <= 4 * (size_t)4096);
        MUST(m->base.v >= last);
        const pel_dump_module *found = pel_memory_dump_module_at(dump, m->base);
        MUST(found == NULL || found->base.v <= m->base.v);
        last = m->base.v;
    }
}

/* ---- the comparison ---------------------------------------------------- */

static pel_status discard(void *ctx, const void *data, size_t size)
{
    (void)ctx, (void)data, (void)size;
    return PEL_OK;
}

static void check_result(const pel_verify *v)
{
    const pel_verify_summary *s = pel_verify_get_summary(v);
    MUST(s->pages_equal <= s->pages_compared);
    MUST(s->pages_compared + s->pages_missing <= s->size / PEL_PAGE_SIZE);
    MUST((s->status == PEL_VERIFY_NOTHING) == (s->pages_compared == 0));
    for (size_t i = 0; i < pel_verify_difference_count(v); i++) {
        const pel_difference *d = pel_verify_difference(v, i);
        MUST(d->size > 0 && d->shown <= d->size && d->differ <= d->size);
        MUST(d->rva.v + d->size <= s->size);
    }
}

static void compare(const pel_image *image, const pel_memory_dump *dump,
                    const pel_verify_options *options)
{
    pel_verify *v;
    pel_dump_options text = { .format = (pel_format)(options->limit % 3) };
    pel_status st = pel_verify_new(image, dump, options, &v);
    MUST(st == PEL_OK || st == PEL_NOT_FOUND || st == PEL_MALFORMED);
    MUST((st == PEL_OK) == (v != NULL));
    if (!v)
        return;
    check_result(v);
    MUST(pel_dump_verify(image, "file", dump, "memory", v, &text, (pel_sink){ .write = discard }) ==
         PEL_OK);
    pel_verify_free(v);
}

/* A library with an export, a relocation and an import. */
static pel_image *image_of_ours(pel_builder **b)
{
    static const uint8_t code[64] = { 0x48, 0x8b, 5 };
    pel_build_import import = { .dll = "other.dll", .name = "Do" };
    pel_build_export export = { .name = "Call", .place = { 0, 16 } };
    pel_span bytes;
    pel_image *image;
    MUST(pel_builder_new(PEL_BUILD_PE32PLUS, NULL, b) == PEL_OK);
    uint32_t text =
        pel_builder_section(*b, ".text", PEL_SCN_CNT_CODE | PEL_SCN_MEM_EXECUTE | PEL_SCN_MEM_READ);
    pel_builder_data(*b, text, code, sizeof code);
    pel_builder_link(*b, (pel_build_place){ text, 32 }, PEL_BUILD_LINK_VA,
                     (pel_build_place){ text, 0 });
    pel_builder_imports(*b, &import, 1);
    pel_builder_exports(*b, "this.dll", &export, 1);
    MUST(pel_builder_finish(*b, &bytes) == PEL_OK);
    MUST(pel_image_parse(bytes, NULL, &image) == PEL_OK);
    return image;
}

static void compare_with_ours(const pel_memory_dump *dump)
{
    pel_builder *b;
    pel_image *image = image_of_ours(&b);
    const pel_dump_module *m = pel_memory_dump_module(dump, 0);
    pel_verify_options by_base = { .has_base = true, .base = { m ? m->base.v : 0 }, .limit = 5 };
    pel_verify_options by_name = { .path = "/x/this.dll", .limit = 100 };
    compare(image, dump, &by_base);
    compare(image, dump, &by_name);
    pel_image_free(image);
    pel_builder_free(b);
}

/* Its own bytes are not how it lies in memory: much differs. */
static void compare_with_itself(pel_span bytes, const pel_memory_dump *dump)
{
    pel_image *image;
    pel_verify_options options = { .limit = 30 };
    MUST(pel_image_parse(bytes, NULL, &image) == PEL_OK);
    compare(image, dump, &options);
    pel_image_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pel_span bytes = { data, size };
    pel_memory_dump *dump;
    pel_image *image;
    const pel_image_options in_memory = { .layout = PEL_LAYOUT_MEMORY };
    MUST(pel_memory_dump_parse(bytes, NULL, &dump) == PEL_OK);
    walk_memory(dump, size);
    walk_modules(dump, size);
    if (size >= 2 && memcmp(data, "MZ", 2) == 0)
        compare_with_itself(bytes, dump);
    else
        compare_with_ours(dump);
    MUST(pel_image_parse(bytes, &in_memory, &image) == PEL_OK);
    pel_image_free(image);
    pel_memory_dump_free(dump);
    return 0;
}
