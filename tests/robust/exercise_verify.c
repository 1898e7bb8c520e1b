/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

static pel_status swallow(void *ctx, const void *data, size_t size)
{
    (void)ctx, (void)data, (void)size;
    return PEL_OK;
}

static void hold_promises(const pel_verify *v, const pel_verify_options *options)
{
    const pel_verify_summary *s = pel_verify_get_summary(v);
    uint64_t end = 0;
    must(s->pages_equal <= s->pages_compared);
    must(s->bytes_differ + s->bytes_changed <= s->bytes_compared + 8 * s->pages_compared);
    must(pel_verify_difference_count(v) <= options->limit);
    must(s->left_out == 0 || pel_verify_difference_count(v) == options->limit);
    for (size_t i = 0; i < pel_verify_difference_count(v); i++) {
        const pel_difference *d = pel_verify_difference(v, i);
        must(d->rva.v >= end || d->kind == PEL_DIFF_IMPORT);
        must(d->size > 0 && d->differ <= d->size && d->shown <= d->size);
        end = d->rva.v + d->size;
        must(end <= s->size);
    }
}

/* The bytes of the file, taken for its memory. */
pel_status exercise_verify(const pel_image *image, const pel_allocator *allocator)
{
    pel_verify_options options = { .allocator = allocator, .limit = 20 };
    pel_dump_options dump_options = { .allocator = allocator, .format = PEL_FORMAT_JSON };
    pel_memory_dump *dump;
    pel_verify *v = NULL;
    PEL_TRY(pel_memory_dump_parse(pel_image_bytes(image), allocator, &dump));
    pel_status st = pel_verify_new(image, dump, &options, &v);
    must((st == PEL_OK) == (v != NULL));
    if (v) {
        hold_promises(v, &options);
        st = pel_dump_verify(image, "file", dump, "memory", v, &dump_options,
                             (pel_sink){ .write = swallow });
    }
    pel_verify_free(v);
    pel_memory_dump_free(dump);
    return st == PEL_NO_MEMORY ? st : PEL_OK;
}
