/* SPDX-License-Identifier: Apache-2.0 */
/* LoadLibrary: imports and their imports, bound. */
#include "map_load.h"
#include "peek.h"

#include <inttypes.h>
#include <strings.h>

/* One slot of an import address table, here. */
typedef struct slot {
    const char *module; /* that it leads into; NULL: none */
    uint64_t rva;       /* in that */
    uint64_t word;
} slot;

static bool read_slot(const map_record *r, const map_load *l, uint64_t rva, slot *out)
{
    pel_va at = { l->module->module.base.v + rva };
    *out = (slot){ .module = NULL };
    if (!peek_number(host_space(&l->host), at, word_size(r->image), &out->word))
        return false;
    uint32_t index = pel_process_module_of(l->host.process, (pel_va){ out->word });
    const pel_loaded_module *m = pel_process_module_at(l->host.process, index);
    if (m) {
        out->module = m->name;
        out->rva = out->word - m->module.base.v;
    }
    return true;
}

static void compare_slot(map_record *r, const map_load *l, json_object *want)
{
    slot got;
    uint64_t rva = json_number(want, "rva", 0), target = json_number(want, "trva", 0);
    const char *module = json_text(want, "tmod"), *name = json_text(want, "name");
    if (!read_slot(r, l, rva, &got))
        trial_differs(&r->trial, "slot", "want one at 0x%" PRIx64 ", got none", rva);
    else if (module && (!got.module || strcasecmp(module, got.module) != 0 || target != got.rva))
        trial_differs(&r->trial, name ? name : "slot", "want %s+0x%" PRIx64 ", got %s+0x%" PRIx64,
                      module, target, got.module ? got.module : "nowhere", got.rva);
    else if (!module && !l->module->bound &&
             got.word != file_number(r->image, rva, word_size(r->image)))
        trial_differs(&r->trial, name ? name : "slot", "want what the file has, got 0x%" PRIx64,
                      got.word);
    else if (!module && l->module->bound && got.module)
        trial_differs(&r->trial, name ? name : "slot", "want a stub, got %s+0x%" PRIx64, got.module,
                      got.rva);
}

/* How many slots of the module the loader has filled. */
static size_t filled(const map_load *l)
{
    size_t count = 0;
    for (size_t i = 0; i < pel_process_binding_count(l->host.process); i++) {
        const pel_binding *b = pel_process_binding_at(l->host.process, i);
        count += pel_process_module_at(l->host.process, b->module) == l->module;
    }
    return count;
}

static void compare_slots(map_record *r, const map_load *l)
{
    json_object *slots = json_get(r->root, "iat");
    size_t count = json_count(slots);
    trial_number(&r->trial, "bound", pel_image_is_dll(r->image), l->module->bound);
    trial_number(&r->trial, "filled slots", l->module->bound ? count : 0, filled(l));
    for (size_t i = 0; i < count; i++)
        compare_slot(r, l, json_object_array_get_idx(slots, i));
}

/* ---- regions ------------------------------------------------------------- */

static void add_slots(const map_record *r, page_set *pages)
{
    json_object *slots = json_get(r->root, "iat");
    for (size_t i = 0; i < json_count(slots); i++) {
        json_object *one = json_object_array_get_idx(slots, i);
        pages_add(pages, json_number(one, "rva", 0), word_size(r->image), PAGE_WRITTEN);
    }
}

/* The index of its slot, 32 bits, is written where the directory says. */
static void add_tls_index(const map_record *r, page_set *pages)
{
    pel_tls tls;
    const pel_tls_directory *d = &tls.directory;
    if (pel_image_tls(r->image, &tls) != PEL_OK ||
        (d->data_start.v == d->data_end.v && d->zero_fill == 0 && d->callbacks.v == 0))
        return;
    uint64_t base = pel_image_optional_header(r->image)->image_base.v;
    pages_add(pages, d->index.v - base, 4, PAGE_WRITTEN);
}

static void compare_regions(map_record *r, const map_load *l)
{
    page_set pages;
    if (map_load_pages(r, l, &pages)) {
        if (l->module->bound) {
            add_slots(r, &pages);
            add_tls_index(r, &pages);
        }
        map_record_regions(r, host_space(&l->host), l->module->module.base, &pages);
    }
    pages_free(&pages);
}

/* ---- the record ---------------------------------------------------------- */

/* The recorded loader puts stubs where functions are missing; Windows does not load the DLL. */
static bool misses_functions(const map_record *r)
{
    json_object *slots = json_get(r->root, "iat");
    for (size_t i = 0; pel_image_is_dll(r->image) && i < json_count(slots); i++)
        if (!json_text(json_object_array_get_idx(slots, i), "tmod"))
            return true;
    return false;
}

static void expect_missing(map_record *r)
{
    map_load l;
    const map_load_how how = { .system = true };
    if (map_load_begin(r, &l, &how)) {
        trial_number(&r->trial, "refused for missing functions", 1,
                     !l.module && pel_process_missing_count(l.host.process) > 0);
    }
    map_load_end(&l);
}

void map_record_full(map_record *r)
{
    map_load l;
    const map_load_how how = { .system = true, .stub_missing = misses_functions(r) };
    map_exceptions_meet(r->exceptions, r->image_name, r->mode);
    if (how.stub_missing)
        expect_missing(r);
    if (map_load_begin(r, &l, &how) && map_load_judge(r, &l)) {
        map_load_numbers(r, &l);
        compare_slots(r, &l);
        compare_regions(r, &l);
    }
    map_load_end(&l);
}
