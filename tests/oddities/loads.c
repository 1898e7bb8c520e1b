/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader makes of an odd file, compared with the row's `load`. Everything that is told of
 * a process is made a line of text, and compared as such. */
#include <inttypes.h>
#include <string.h>

#include "facts.h"
#include "load/furniture.h"
#include "load/slab.h"

/* One start of a process, with the odd file as its program, or as a DLL that it loads. */
typedef struct attempt {
    oddity *o;
    pel_load_options options;
    pel_machine *machine;
    pel_search_path *path;
    pel_process *process;
    uint32_t odd; /* its number among the modules */
    pel_ntstatus status;
} attempt;

#define TEXT 256

/* ---- trying ------------------------------------------------------------ */

static void add_companions(attempt *a)
{
    for (const companion *c = a->o->companions; c->name; c++)
        if (pel_search_path_add_image(a->path, c->name, c->image) != PEL_OK)
            differs(a->o, "no room for %s", c->name);
}

/* The odd file itself, or a program that has nothing odd and loads it. */
static void try_it(attempt *a, const pel_yaml *as)
{
    const pel_image *program = as ? companion_named(a->o, "host.exe") : a->o->image;
    const pel_start_options start = { .path = a->path, .name = as ? "host.exe" : NULL };
    if (as)
        a->options.has_base = false;
    if (as && pel_search_path_add_image(a->path, as->text.ptr, a->o->image) != PEL_OK)
        differs(a->o, "no room for it");
    a->status = pel_process_new(a->machine, program, &a->options, &a->process, NULL);
    if (pel_nt_success(a->status))
        a->status = pel_process_start(a->process, &start);
    if (pel_nt_success(a->status) && as)
        a->status = pel_process_load_dll(a->process, as->text, PEL_LOAD_DLL_DEFAULT, &a->odd);
}

static void stop(attempt *a)
{
    pel_process_free(a->process);
    pel_search_path_free(a->path);
    pel_machine_free(a->machine);
}

static const pel_loaded_module *odd_module(const attempt *a)
{
    return pel_process_module_at(a->process, a->odd);
}

/* ---- telling ----------------------------------------------------------- */

static void append(char *text, const char *separator, const char *more, size_t size)
{
    size_t length = strlen(text);
    snprintf(text + length, TEXT - length, "%s%.*s", length ? separator : "", (int)size, more);
}

static void append_hex(char *text, uint64_t number)
{
    char hex[20];
    snprintf(hex, sizeof hex, "0x%" PRIx64, number);
    append(text, " ", hex, sizeof hex);
}

static void tell_status(const attempt *a, char *got)
{
    const char *name = pel_ntstatus_name(a->status);
    snprintf(got, TEXT, "%s", name ? name + strlen("STATUS_") : "?");
}

static void tell_base(const attempt *a, char *got)
{
    append_hex(got, odd_module(a)->module.base.v);
}

static void tell_entry(const attempt *a, char *got)
{
    append_hex(got, odd_module(a)->module.entry.v);
}

static void tell_called(const attempt *a, char *got)
{
    snprintf(got, TEXT, odd_module(a)->called ? "true" : "false");
}

static void tell_calls_back(const attempt *a, char *got)
{
    snprintf(got, TEXT, odd_module(a)->calls_back ? "true" : "false");
}

static void tell_bound(const attempt *a, char *got)
{
    snprintf(got, TEXT, odd_module(a)->bound ? "true" : "false");
}

static void tell_modules(const attempt *a, char *got)
{
    for (uint32_t i = 0; i < pel_process_module_count(a->process); i++)
        append(got, " ", pel_process_module_at(a->process, i)->name, TEXT);
}

static void tell_missing(const attempt *a, char *got)
{
    for (size_t i = 0; i < pel_process_missing_count(a->process); i++) {
        const pel_missing *m = pel_process_missing_at(a->process, i);
        append(got, ", ", m->dll.ptr, m->dll.len);
        if (!m->whole)
            append(got, " ", m->name.ptr, m->name.len);
    }
}

static void tell_tls(const attempt *a, char *got)
{
    uint32_t slot = odd_module(a)->tls_slot;
    snprintf(got, TEXT, slot == PEL_NO_INDEX ? "none" : "%" PRIu32, slot);
}

static void tell_callbacks(const attempt *a, char *got)
{
    pel_tls_iter it = pel_image_tls_callbacks(a->o->image);
    for (pel_va callback; pel_tls_next(&it, &callback);)
        append_hex(got, callback.v);
}

static void tell_cookie(const attempt *a, char *got)
{
    const pel_loaded_module *m = odd_module(a);
    if (m->has_cookie)
        append_hex(got, m->cookie_at.v - m->module.base.v);
}

/* ---- telling one of many ----------------------------------------------- */

/* "kernel32.dll+0x1000"; in the odd file, and where no module is, an RVA. */
static void tell_place(const attempt *a, pel_va va, char *got)
{
    uint32_t i = pel_process_module_of(a->process, va);
    const pel_loaded_module *m = pel_process_module_at(a->process, i);
    if (m && i != a->odd)
        snprintf(got, TEXT, "%s+0x%" PRIx64, m->name, va.v - m->module.base.v);
    else
        append_hex(got, (uint32_t)(va.v - odd_module(a)->module.base.v));
}

static bool peek(const attempt *a, uint64_t rva, uint8_t *bytes, size_t size)
{
    pel_va at = { odd_module(a)->module.base.v + rva };
    return pel_nt_success(pel_space_peek(pel_process_space(a->process), at, bytes, size));
}

static uint64_t word_at(const attempt *a, uint64_t rva)
{
    uint8_t b[4] = { 0 };
    peek(a, rva, b, sizeof b);
    return b[0] | b[1] << 8 | b[2] << 16 | (uint64_t)b[3] << 24;
}

static void tell_slot(const attempt *a, const pel_yaml *key, char *got)
{
    uint64_t rva = 0;
    pel_yaml_uint(key, &rva);
    for (size_t i = 0; i < pel_process_binding_count(a->process); i++) {
        const pel_binding *b = pel_process_binding_at(a->process, i);
        if (b->module != a->odd || b->slot.v != rva)
            continue;
        got[0] = 0;
        if (b->kind == PEL_BINDING_BOUND)
            snprintf(got, TEXT, "bound 0x%" PRIx64, b->target.v);
        else
            tell_place(a, b->target, got);
        if (word_at(a, rva) != b->target.v)
            append(got, " ", "(not written)", TEXT);
    }
}

static void tell_bytes(const attempt *a, const pel_yaml *key, char *got)
{
    uint64_t rva = 0;
    uint8_t bytes[4];
    pel_yaml_uint(key, &rva);
    if (!peek(a, rva, bytes, sizeof bytes))
        snprintf(got, TEXT, "nothing");
    else
        snprintf(got, TEXT, "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
}

static const struct {
    const char *name;
    pel_member member;
} of_peb[] = {
    { "OSMajorVersion", PEL_IN_PEB_OSMajorVersion },
    { "OSMinorVersion", PEL_IN_PEB_OSMinorVersion },
    { "OSBuildNumber", PEL_IN_PEB_OSBuildNumber },
    { "OSPlatformId", PEL_IN_PEB_OSPlatformId },
    { "ImageBaseAddress", PEL_IN_PEB_ImageBaseAddress },
    { "ImageSubsystem", PEL_IN_PEB_ImageSubsystem },
};

static void tell_peb(const attempt *a, const pel_yaml *key, char *got)
{
    const pel_slab slab = { .windows = a->options.windows };
    uint64_t at, value = 0;
    unsigned width;
    pel_va peb = pel_process_furniture(a->process)->peb;
    for (size_t i = 0; i < sizeof of_peb / sizeof of_peb[0]; i++) {
        if (strcmp(of_peb[i].name, key->text.ptr) != 0 ||
            !pel_member_place(&slab, of_peb[i].member, &at, &width))
            continue;
        value = word_at(a, peb.v + at - odd_module(a)->module.base.v);
        append_hex(got, width == 2 ? value & 0xFFFF : value);
    }
}

/* GetProcAddress, by name or by ordinal. */
static void tell_procedure(const attempt *a, pel_str name, uint16_t ordinal, char *got)
{
    pel_va va;
    pel_ntstatus nt = pel_process_procedure(a->process, a->odd, name, ordinal, &va);
    const char *status = pel_ntstatus_name(nt);
    if (pel_nt_success(nt))
        tell_place(a, va, got);
    else
        snprintf(got, TEXT, "%s", status ? status + strlen("STATUS_") : "?");
}

/* Of the name that the table has there. */
static void tell_name(const attempt *a, const pel_yaml *key, char *got)
{
    uint64_t index = 0;
    uint32_t function;
    pel_exports exports;
    pel_str name = { NULL, 0 };
    pel_yaml_uint(key, &index);
    if (pel_image_exports(a->o->image, &exports) == PEL_OK &&
        pel_export_name(&exports, (uint32_t)index, &name, &function) == PEL_OK)
        tell_procedure(a, name, 0, got);
}

static void tell_ordinal(const attempt *a, const pel_yaml *key, char *got)
{
    uint64_t ordinal = 0;
    pel_yaml_uint(key, &ordinal);
    tell_procedure(a, (pel_str){ NULL, 0 }, (uint16_t)ordinal, got);
}

/* ---- comparing --------------------------------------------------------- */

static const struct {
    const char *key;
    bool also_refused; /* is told of a process that was refused, too */
    void (*whole)(const attempt *a, char *got);
    void (*each)(const attempt *a, const pel_yaml *key, char *got);
} looks[] = {
    { "status", true, tell_status, NULL },        { "base", false, tell_base, NULL },
    { "entry", false, tell_entry, NULL },         { "called", false, tell_called, NULL },
    { "bound", false, tell_bound, NULL },         { "modules", false, tell_modules, NULL },
    { "missing", true, tell_missing, NULL },      { "tls", false, tell_tls, NULL },
    { "callbacks", false, tell_callbacks, NULL }, { "calls back", false, tell_calls_back, NULL },
    { "cookie", false, tell_cookie, NULL },       { "slots", false, NULL, tell_slot },
    { "bytes", false, NULL, tell_bytes },         { "peb", false, NULL, tell_peb },
    { "names", false, NULL, tell_name },          { "ordinals", false, NULL, tell_ordinal },
};
#define LOOKS (sizeof looks / sizeof looks[0])

static void compare(attempt *a, const char *windows, const pel_yaml *want, const char *got)
{
    if (strcmp(want->text.ptr, got) != 0)
        differs(a->o, "load %s: %s: want %s, got %s", windows, want->key->text.ptr, want->text.ptr,
                got);
}

/* Bindings that the row does not have are as wrong as others that it has. */
static void count_slots(attempt *a, const char *windows, const pel_yaml *want)
{
    size_t count = 0;
    for (size_t i = 0; i < pel_process_binding_count(a->process); i++)
        count += pel_process_binding_at(a->process, i)->module == a->odd;
    if (count != want->count)
        differs(a->o, "load %s: want %zu slots, got %zu", windows, want->count, count);
}

static void look(attempt *a, const char *windows, const pel_yaml *want)
{
    size_t i = 0;
    while (i < LOOKS && strcmp(looks[i].key, want->key->text.ptr) != 0)
        i++;
    if (i == LOOKS || (!a->process && strcmp(looks[i].key, "status") != 0) ||
        (!pel_nt_success(a->status) && !looks[i].also_refused)) {
        differs(a->o, "load %s: cannot be told: %s", windows, want->key->text.ptr);
        return;
    }
    if (looks[i].whole) {
        char got[TEXT] = "";
        looks[i].whole(a, got);
        compare(a, windows, want, got);
    }
    if (looks[i].each == tell_slot)
        count_slots(a, windows, want);
    for (const pel_yaml *w = looks[i].each ? want->first : NULL; w; w = w->next) {
        char got[TEXT] = "";
        looks[i].each(a, w->key, got);
        compare(a, windows, w, got);
    }
}

static void check_load_in(oddity *o, const char *windows, const pel_yaml *facts)
{
    attempt a = { .o = o };
    const pel_yaml *at = pel_yaml_get(facts, "at");
    if (!read_windows(windows, &a.options) || pel_machine_new(NULL, &a.machine) != PEL_OK ||
        pel_search_path_new(NULL, &a.path) != PEL_OK) {
        differs(o, "load: no such Windows: %s", windows);
        stop(&a);
        return;
    }
    a.options.has_base = at && pel_yaml_uint(at, &a.options.base.v);
    add_companions(&a);
    try_it(&a, pel_yaml_get(facts, "as"));
    if (!pel_yaml_get(facts, "status") && !pel_nt_success(a.status))
        differs(o, "load %s: %s", windows, pel_ntstatus_name(a.status));
    else
        for (const pel_yaml *f = facts->first; f; f = f->next)
            if (strcmp(f->key->text.ptr, "as") != 0 && strcmp(f->key->text.ptr, "at") != 0)
                look(&a, windows, f);
    stop(&a);
}

void check_loads(oddity *o, const pel_yaml *facts)
{
    for (const pel_yaml *f = facts->first; f; f = f->next)
        each_windows(o, f->key->text.ptr, f, check_load_in);
}
