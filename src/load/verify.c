/* SPDX-License-Identifier: Apache-2.0 */
/* A module in memory beside its file. The file is mapped by the simulated Windows, which knows how
 * it should look; this file puts the steps together. */
#include <pelorus/verify.h>

#include "load/load_priv.h"
#include "load/verify_priv.h"

#define DEFAULT_LIMIT 1000
#define RELOCATIONS   ((uint64_t)1 << 22) /* entries that are counted */
#define RAM_SIZE      ((uint64_t)1 << 20) /* pages are only looked at: no frame is needed */

/* ---- names ------------------------------------------------------------- */

const char *pel_verify_base_source_name(pel_verify_base_source source)
{
    static const char *const names[] = {
        [PEL_BASE_GIVEN] = "option",  [PEL_BASE_MODULE] = "module",
        [PEL_BASE_HEADER] = "header", [PEL_BASE_RELOCATIONS] = "relocations",
        [PEL_BASE_FILE] = "file",
    };
    return (size_t)source < sizeof names / sizeof names[0] ? names[source] : "?";
}

const char *pel_verify_status_name(pel_verify_status status)
{
    static const char *const names[] = {
        [PEL_VERIFY_EQUAL] = "equal",
        [PEL_VERIFY_DIFFERS] = "differs",
        [PEL_VERIFY_REPLACED] = "replaced",
        [PEL_VERIFY_NOTHING] = "nothing",
    };
    return (size_t)status < sizeof names / sizeof names[0] ? names[status] : "?";
}

const char *pel_verify_kind_name(pel_verify_kind kind)
{
    static const char *const names[] = {
        [PEL_DIFF_HEADER] = "header",         [PEL_DIFF_HOOK] = "hook",
        [PEL_DIFF_BREAKPOINT] = "breakpoint", [PEL_DIFF_PATCH] = "patch",
        [PEL_DIFF_IMPORT] = "import",         [PEL_DIFF_UNRELOCATED] = "unrelocated",
        [PEL_DIFF_ZEROED] = "zeroed",         [PEL_DIFF_UNPACKED] = "unpacked",
        [PEL_DIFF_REPLACED] = "replaced",
    };
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "?";
}

/* ---- making ------------------------------------------------------------ */

static pel_status make_section(pel_verify *v, pel_va base, verify_pages *out)
{
    const pel_load_options options = { .header = PEL_HEADER_KEEP, .hypothetical = true };
    pel_ntstatus nt = pel_image_section_new(v->machine, v->image, base, &options, &out->section);
    out->at = UINT64_MAX;
    if (pel_nt_success(nt))
        return PEL_OK;
    return pel_ntstatus_to_status(nt) == PEL_NO_MEMORY ? PEL_NO_MEMORY : PEL_MALFORMED;
}

static pel_status map_file(pel_verify *v)
{
    const pel_machine_options machine = { .allocator = &v->allocator, .ram_size = RAM_SIZE };
    PEL_TRY(pel_machine_new(&machine, &v->machine));
    PEL_TRY(make_section(v, pel_image_optional_header(v->image)->image_base, &v->linked));
    return make_section(v, v->sum.base, &v->expected);
}

static void judge(pel_verify *v)
{
    pel_verify_summary *s = &v->sum;
    uint64_t tried, weight = s->headers_differ ? 4 : 2;
    if (s->base.v != pel_image_optional_header(v->image)->image_base.v)
        s->relocations = pel_verify_count_relocated(v, s->base, RELOCATIONS, &tried);
    if (s->pages_compared == 0)
        s->status = PEL_VERIFY_NOTHING;
    else if (weight * s->pages_replaced > s->pages_compared)
        s->status = PEL_VERIFY_REPLACED;
    else
        s->status = v->difference_count + s->left_out > 0 ? PEL_VERIFY_DIFFERS : PEL_VERIFY_EQUAL;
}

static pel_status take_steps(pel_verify *v, const pel_verify_options *options)
{
    PEL_TRY(pel_verify_find_base(v, options));
    PEL_TRY(map_file(v));
    PEL_TRY(pel_verify_list_slots(v));
    PEL_TRY(pel_symbols_new(v->image, &v->allocator, &v->symbols));
    return pel_verify_compare(v);
}

static bool can_be_mapped(const pel_image *image)
{
    pel_image_kind kind = pel_image_get_kind(image);
    return (kind == PEL_IMAGE_PE32 || kind == PEL_IMAGE_PE32PLUS) &&
           pel_image_get_layout(image) == PEL_LAYOUT_FILE && pel_image_optional_header(image) &&
           pel_image_view_size(image) > 0;
}

pel_status pel_verify_new(const pel_image *image, const pel_memory_dump *dump,
                          const pel_verify_options *options, pel_verify **out)
{
    static const pel_verify_options defaults = { .allocator = NULL };
    const pel_verify_options *o = options ? options : &defaults;
    if (!image || !dump || !out)
        return PEL_BAD_ARG;
    *out = NULL;
    if (!can_be_mapped(image))
        return PEL_MALFORMED;
    pel_allocator a = pel_allocator_or_default(o->allocator);
    pel_verify *v = pel_take(&a, sizeof *v);
    if (!v)
        return PEL_NO_MEMORY;
    v->allocator = a;
    v->image = image;
    v->dump = dump;
    v->limit = o->limit ? o->limit : DEFAULT_LIMIT;
    v->word = pel_image_is_wide(image) ? 8 : 4;
    v->sum.size = pel_image_view_size(image);
    pel_status st = take_steps(v, o);
    if (st != PEL_OK) {
        pel_verify_free(v);
        return st;
    }
    judge(v);
    *out = v;
    return PEL_OK;
}

void pel_verify_free(pel_verify *verify)
{
    if (!verify)
        return;
    pel_verify *v = verify;
    pel_allocator a = v->allocator;
    pel_section_object_free(v->expected.section);
    pel_section_object_free(v->linked.section);
    pel_machine_free(v->machine);
    pel_symbols_free(v->symbols);
    pel_give(&a, v->slots, v->slot_capacity * sizeof *v->slots);
    pel_give(&a, v->differences, v->difference_capacity * sizeof *v->differences);
    pel_give(&a, v->changed, v->changed_capacity * sizeof *v->changed);
    pel_give(&a, v->missing, v->missing_capacity * sizeof *v->missing);
    pel_give(&a, v, sizeof *v);
}

/* ---- accessors --------------------------------------------------------- */

const pel_verify_summary *pel_verify_get_summary(const pel_verify *verify) { return &verify->sum; }

size_t pel_verify_difference_count(const pel_verify *verify) { return verify->difference_count; }

const pel_difference *pel_verify_difference(const pel_verify *verify, size_t index)
{
    return index < verify->difference_count ? &verify->differences[index] : NULL;
}

size_t pel_verify_changed_count(const pel_verify *verify) { return verify->changed_count; }

const pel_changed_data *pel_verify_changed(const pel_verify *verify, size_t index)
{
    return index < verify->changed_count ? &verify->changed[index] : NULL;
}

size_t pel_verify_missing_count(const pel_verify *verify) { return verify->missing_count; }

const pel_missing_pages *pel_verify_missing(const pel_verify *verify, size_t index)
{
    return index < verify->missing_count ? &verify->missing[index] : NULL;
}
