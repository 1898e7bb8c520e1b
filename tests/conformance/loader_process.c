/* SPDX-License-Identifier: Apache-2.0 */
/* What loading a case into a process does: LoadLibrary, LoadLibraryEx without resolving, or
 * CreateProcess, as its `mode` says. */
#include "exporters.h"
#include "host.h"
#include "loader_case.h"
#include "peek.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct loading {
    host host;
    exporters exporters;
    pel_search_path *path;
    const pel_loaded_module *module; /* NULL: refused */
    pel_ntstatus status;
} loading;

#define NAME "case.dll" /* of the image, where it is found */

static bool mode_has(const loader_case *c, const char *word)
{
    const char *mode = json_text(c->expect, "mode");
    return mode && strstr(mode, word);
}

/* ---- loading it ---------------------------------------------------------- */

static unsigned flags_of(const loader_case *c)
{
    return mode_has(c, "DONT_RESOLVE_DLL_REFERENCES") ? PEL_LOAD_DLL_DONT_RESOLVE
                                                      : PEL_LOAD_DLL_DEFAULT;
}

/* Into a process of the machine that the image is for; a file that has none, into a usual one. */
static host_options options_of(const loader_case *c, pel_search_path *path)
{
    const pel_file_header *file = pel_image_file_header(c->image);
    const char *name = json_text(c->expect, "host");
    host_options o = { .wide = true, .path = path };
    bool narrow = file && file->machine == PEL_MACHINE_I386 && !pel_image_is_wide(c->image);
    if (name)
        (void)pel_host_from_name(name, &o.load.host);
    o.wide = !narrow;
    return o;
}

static void load(const loader_case *c, loading *l)
{
    const pel_optional_header *optional = pel_image_optional_header(c->image);
    if (mode_has(c, "occupied") && optional)
        host_take(&l->host, optional->image_base);
    l->module = host_load(&l->host, NAME, flags_of(c), &l->status);
}

static void start(const loader_case *c, loading *l, const host_options *o)
{
    pel_start_options options = { .path = l->path };
    l->status = pel_process_new(l->host.machine, c->image, &o->load, &l->host.process, NULL);
    if (pel_nt_success(l->status))
        l->status = pel_process_start(l->host.process, &options);
    if (pel_nt_success(l->status))
        l->module = pel_process_module_at(l->host.process, 0);
}

static bool loading_begin(loader_case *c, loading *l)
{
    *l = (loading){ .module = NULL };
    if (pel_search_path_new(NULL, &l->path) != PEL_OK ||
        !exporters_make(&l->exporters, c->image, l->path) ||
        pel_search_path_add_image(l->path, NAME, c->image) != PEL_OK)
        return false;
    host_options options = options_of(c, l->path);
    if (mode_has(c, "CreateProcess")) {
        if (pel_machine_new(NULL, &l->host.machine) != PEL_OK)
            return false;
        start(c, l, &options);
        return true;
    }
    if (!host_begin(&l->host, &options))
        return false;
    load(c, l);
    return true;
}

static void loading_end(loading *l)
{
    host_end(&l->host);
    pel_search_path_free(l->path);
    exporters_free(&l->exporters);
}

/* Load it as the case says; a refusal is a difference of `key`. */
static bool begin(loader_case *c, loading *l, const char *key)
{
    bool made = loading_begin(c, l);
    if (!made)
        trial_differs(&c->trial, key, "want a process, got none");
    else if (!l->module)
        trial_differs(&c->trial, key, "want a module, got %s", short_status(l->status));
    return made && l->module;
}

void check_load_dynamically(loader_case *c, json_object *want)
{
    loading l;
    char numbers[80], got[12];
    if (!loading_begin(c, &l)) {
        trial_differs(&c->trial, "LoadLibrary", "want a process, got none");
    } else {
        snprintf(got, sizeof got, "%u", l.module ? 0 : (unsigned)pel_ntstatus_to_win32(l.status));
        json_join(want, numbers, sizeof numbers);
        if (!json_has_text(want, got))
            trial_differs(&c->trial, "LoadLibrary", "want %s, got %s (%s)", numbers, got,
                          short_status(l.status));
    }
    loading_end(&l);
}

/* ---- words in memory ------------------------------------------------------ */

static uint64_t word_at(loader_case *c, const loading *l, uint64_t va, size_t size)
{
    uint64_t number;
    if (!peek_number(host_space(&l->host), (pel_va){ va }, size, &number))
        trial_differs(&c->trial, "read", "want a number at 0x%" PRIx64 ", got none", va);
    return number;
}

/* ---- imports -------------------------------------------------------------- */

/* A slot leads to the function that its name means; or it is as in the file. */
static void expect_slot(loader_case *c, const loading *l, pel_str dll, const pel_thunk *thunk,
                        bool bound)
{
    pel_rva rva = { 0 };
    uint64_t word = word_at(c, l, l->module->module.base.v + thunk->slot.v, word_size(c->image));
    const char *from = exporters_find(&l->exporters, dll, thunk, &rva);
    uint32_t index = pel_process_module_of(l->host.process, (pel_va){ word });
    const pel_loaded_module *m = pel_process_module_at(l->host.process, index);
    if (!bound)
        trial_number(&c->trial, "slot that is not bound",
                     file_number(c->image, thunk->slot.v, word_size(c->image)), word);
    else if (!from || !m || strcasecmp(m->name, from) != 0)
        trial_differs(&c->trial, "bound slot", "want an address in %s, got one in %s",
                      from ? from : "a DLL", m ? m->name : "no module");
    else
        trial_number(&c->trial, "bound slot", m->module.base.v + rva.v, word);
}

static void expect_bound(loader_case *c, const loading *l, bool bound)
{
    size_t count = 0;
    pel_import_iter it = pel_image_imports(c->image);
    for (pel_import import; pel_import_next(&it, &import);) {
        pel_thunk_iter thunks = pel_import_thunks(&import);
        for (pel_thunk thunk; pel_thunk_next(&thunks, &thunk); count++)
            expect_slot(c, l, import.name, &thunk, bound);
    }
    trial_number(&c->trial, "bound", bound, l->module->bound);
    if (count == 0)
        trial_note(&c->trial, "imports_bound", "the file imports nothing");
}

void check_imports_bound(loader_case *c, json_object *want)
{
    loading l;
    if (begin(c, &l, "imports_bound"))
        expect_bound(c, &l, json_object_get_boolean(want));
    loading_end(&l);
}

/* "same handle, still not bound": what comes of LoadLibrary once more. */
void check_later_load_library(loader_case *c, json_object *want)
{
    loading l;
    const char *text = want ? json_object_get_string(want) : "";
    if (begin(c, &l, "later_LoadLibrary")) {
        bool bound = strstr(text, "bound") && !strstr(text, "not bound");
        uint64_t first = l.module->module.base.v;
        l.module = host_load(&l.host, NAME, PEL_LOAD_DLL_DEFAULT, &l.status);
        if (!l.module)
            trial_differs(&c->trial, "later_LoadLibrary", "want a module, got %s",
                          short_status(l.status));
        else if (strstr(text, "same"))
            trial_number(&c->trial, "same handle", first, l.module->module.base.v);
        if (l.module && strstr(text, "bound"))
            expect_bound(c, &l, bound);
    }
    loading_end(&l);
}

/* ---- thread-local storage -------------------------------------------------- */

/* The RVA of the slot's index; 0: there is no TLS directory. */
static uint64_t index_rva(loader_case *c, const char *key, pel_tls *tls)
{
    if (pel_image_tls(c->image, tls) == PEL_OK)
        return tls->directory.index.v - pel_image_optional_header(c->image)->image_base.v;
    trial_differs(&c->trial, key, "want a TLS directory, got none");
    return 0;
}

static void expect_unchanged(loader_case *c, const loading *l, uint64_t rva, const uint64_t *number)
{
    uint64_t word = word_at(c, l, l->module->module.base.v + rva, word_size(c->image));
    trial_number(&c->trial, "TLS index", file_number(c->image, rva, word_size(c->image)), word);
    if (number) /* in the cases two numbers of 16 bits, to see both halves change */
        trial_number(&c->trial, "TLS index, 16 bits", *number, (uint16_t)word);
    trial_number(&c->trial, "TLS slot", PEL_NO_INDEX, l->module->tls_slot);
}

void check_tls_index_unchanged(loader_case *c, json_object *want)
{
    loading l;
    pel_tls tls;
    uint64_t rva = index_rva(c, "tls_index_unchanged", &tls), number = json_value(want);
    bool is_number = json_object_get_type(want) != json_type_boolean;
    if (!rva)
        return;
    if (begin(c, &l, "tls_index_unchanged"))
        expect_unchanged(c, &l, rva, is_number ? &number : NULL);
    loading_end(&l);
}

/* False: not written. A number: the index is that, or below it. Anything else: it is written. It
 * has 32 bits; what is behind them stays. */
static void expect_written(loader_case *c, const loading *l, uint64_t rva, json_object *want)
{
    uint64_t at = l->module->module.base.v + rva, word = word_at(c, l, at, 4);
    bool is_bool = json_object_get_type(want) == json_type_boolean;
    if (is_bool && !json_object_get_boolean(want)) {
        expect_unchanged(c, l, rva, NULL);
        return;
    }
    trial_number(&c->trial, "TLS index", l->module->tls_slot, word);
    trial_number(&c->trial, "behind the TLS index", file_number(c->image, rva + 4, 4),
                 word_at(c, l, at + 4, 4));
    if (json_object_get_type(want) == json_type_int && word > json_value(want))
        trial_differs(&c->trial, "TLS index", "want %u at most, got %u", (unsigned)json_value(want),
                      (unsigned)word);
}

void check_tls_index_written(loader_case *c, json_object *want)
{
    loading l;
    pel_tls tls;
    uint64_t rva = index_rva(c, "tls_index_written", &tls);
    if (!rva)
        return;
    if (begin(c, &l, "tls_index_written"))
        expect_written(c, &l, rva, want);
    loading_end(&l);
}

/* The block of the first thread: the template as it is in memory, then zeros. */
static void expect_template(loader_case *c, const loading *l, const pel_tls *tls)
{
    const pel_module *m = &l->module->module;
    uint64_t delta = m->relocated ? m->base.v - m->preferred_base.v : 0;
    uint64_t from = tls->directory.data_start.v + delta;
    uint64_t size = tls->directory.data_end.v - tls->directory.data_start.v;
    uint64_t slot =
        pel_process_tls_array(l->host.process).v + l->module->tls_slot * word_size(c->image);
    uint64_t block = l->module->tls_block.v;
    trial_number(&c->trial, "ThreadLocalStoragePointer", block,
                 word_at(c, l, slot, word_size(c->image)));
    for (uint64_t i = 0; i < size + tls->directory.zero_fill; i++) {
        uint64_t byte = i < size ? word_at(c, l, from + i, 1) : 0;
        if (!trial_number(&c->trial, "byte of the TLS block", byte, word_at(c, l, block + i, 1)))
            return;
    }
}

void check_tls_template_copied(loader_case *c, json_object *want)
{
    loading l;
    pel_tls tls;
    bool is_bool = json_object_get_type(want) == json_type_boolean;
    bool copied = !is_bool || json_object_get_boolean(want); /* else the words say how */
    if (!index_rva(c, "tls_template_copied", &tls))
        return;
    if (begin(c, &l, "tls_template_copied")) {
        trial_number(&c->trial, "TLS block", copied, l.module->tls_block.v != 0);
        if (copied && l.module->tls_block.v != 0)
            expect_template(c, &l, &tls);
    }
    loading_end(&l);
}

/* Offsets in PEB_LDR_DATA and LDR_DATA_TABLE_ENTRY, of 32 and of 64 bits (winternl.h and what
 * debuggers tell of the rest). */
static const struct {
    uint64_t load_order, base, tls_index;
} ldr_offsets[] = { { 0x0c, 0x18, 0x3a }, { 0x10, 0x30, 0x6e } };

/* The address of the module's entry in the list in load order; 0: it has none. */
static uint64_t ldr_entry(loader_case *c, const loading *l)
{
    bool wide = pel_image_is_wide(c->image);
    size_t word = word_size(c->image);
    uint64_t head = pel_process_furniture(l->host.process)->ldr.v + ldr_offsets[wide].load_order;
    uint64_t entry = word_at(c, l, head, word);
    for (unsigned i = 0; entry != head && i <= pel_process_module_count(l->host.process); i++) {
        if (word_at(c, l, entry + ldr_offsets[wide].base, word) == l->module->module.base.v)
            return entry;
        entry = word_at(c, l, entry, word);
    }
    return 0;
}

void check_ldr_entry_tls_index(loader_case *c, json_object *want)
{
    loading l;
    if (begin(c, &l, "ldr_entry_tls_index")) {
        uint64_t entry = ldr_entry(c, &l);
        uint64_t at = entry + ldr_offsets[pel_image_is_wide(c->image)].tls_index;
        if (entry)
            trial_number(&c->trial, "ldr_entry_tls_index", (uint16_t)json_value(want),
                         word_at(c, &l, at, 2));
        else
            trial_differs(&c->trial, "ldr_entry_tls_index", "want an entry, got none");
    }
    loading_end(&l);
}
