/* SPDX-License-Identifier: Apache-2.0 */
/* What a row of the table says of a file, compared with what the library answers. */
#include "facts.h"

#include <inttypes.h>
#include <string.h>

/* ---- verdicts ---------------------------------------------------------- */

bool read_windows(const char *text, pel_load_options *out)
{
    char name[16];
    const char *at = strchr(text, '@');
    snprintf(name, sizeof name, "%.*s", (int)(at ? at - text : (long)strlen(text)), text);
    *out = (pel_load_options){ .windows = PEL_WINDOWS_11 };
    return pel_windows_from_name(name, &out->windows) == PEL_OK &&
           (!at || pel_host_from_name(at + 1, &out->host) == PEL_OK);
}

/* "loads", or "STATUS rule". */
static void check_verdict(oddity *o, const char *windows, const pel_yaml *facts)
{
    char got[100];
    const char *want = facts->text.ptr;
    pel_load_options options;
    if (!read_windows(windows, &options)) {
        differs(o, "check: no such Windows: %s", windows);
        return;
    }
    pel_verdict v = pel_check_start(o->image, &options);
    const char *status = pel_ntstatus_name(v.status);
    snprintf(got, sizeof got, "%s %s", status ? status + strlen("STATUS_") : "?",
             pel_rule_name(v.rule));
    if (strcmp(want, v.rule == PEL_RULE_NONE ? "loads" : got) != 0)
        differs(o, "check %s: want %s, got %s", windows, want, got);
}

void each_windows(oddity *o, const char *list, const pel_yaml *facts,
                  void (*check)(oddity *o, const char *windows, const pel_yaml *facts))
{
    char key[80], *rest = NULL;
    snprintf(key, sizeof key, "%s", list);
    for (char *w = strtok_r(key, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        check(o, w, facts);
}

static void check_verdicts(oddity *o, const pel_yaml *facts)
{
    for (const pel_yaml *f = facts->first; f; f = f->next)
        each_windows(o, f->key->text.ptr, f, check_verdict);
}

/* ---- translation ------------------------------------------------------- */

static void check_rva(oddity *o, uint64_t rva, const pel_yaml *want)
{
    uint64_t offset;
    pel_rva_answer a = pel_image_at_rva(o->image, (pel_rva){ (uint32_t)rva });
    if (pel_yaml_uint(want, &offset)) {
        if (!a.has_offset || a.offset.v != offset)
            differs(o, "rva 0x%" PRIx64 ": want 0x%" PRIx64 ", got %s 0x%" PRIx64, rva, offset,
                    pel_where_name(a.where), a.offset.v);
    } else if (strcmp(pel_where_name(a.where), want->text.ptr) != 0) {
        differs(o, "rva 0x%" PRIx64 ": want %s, got %s", rva, want->text.ptr,
                pel_where_name(a.where));
    }
}

static void check_offset(oddity *o, uint64_t offset, const pel_yaml *want)
{
    const char *got = pel_where_name(pel_image_at_foff(o->image, (pel_foff){ offset }));
    if (strcmp(got, want->text.ptr) != 0)
        differs(o, "offset 0x%" PRIx64 ": want %s, got %s", offset, want->text.ptr, got);
}

static void check_rvas(oddity *o, uint64_t offset, const pel_yaml *want)
{
    pel_rva_iter it = pel_image_rvas(o->image, (pel_foff){ offset });
    pel_rva rva;
    uint64_t number = 0;
    const pel_yaml *w = want->first;
    for (; pel_rva_next(&it, &rva); w = w ? w->next : NULL)
        if (!w || !pel_yaml_uint(w, &number) || number != rva.v)
            differs(o, "offset 0x%" PRIx64 ": at RVA 0x%x, too", offset, (unsigned)rva.v);
    if (w)
        differs(o, "offset 0x%" PRIx64 ": not at RVA %s", offset, w->text.ptr);
}

/* ---- memory ------------------------------------------------------------ */

typedef struct fresh {
    pel_machine *machine;
    pel_process *process;
} fresh;

static bool start(oddity *o, fresh *f, const pel_load_options *options)
{
    pel_verdict why;
    *f = (fresh){ .machine = NULL };
    if (pel_machine_new(NULL, &f->machine) != PEL_OK)
        return false;
    pel_ntstatus nt = pel_process_new(f->machine, o->image, options, &f->process, &why);
    if (!pel_nt_success(nt))
        differs(o, "no process of it: %s", pel_ntstatus_name(nt));
    return pel_nt_success(nt);
}

static void stop(fresh *f)
{
    pel_process_free(f->process);
    pel_machine_free(f->machine);
}

static pel_va at(const fresh *f, uint64_t rva)
{
    return (pel_va){ pel_process_module(f->process)->base.v + rva };
}

static void check_protect(oddity *o, uint64_t rva, const pel_yaml *want)
{
    fresh f;
    pel_region r;
    char got[60];
    if (start(o, &f, &o->in)) {
        pel_space_query(pel_process_space(f.process), at(&f, rva), &r);
        pel_protect_format(r.protect, got, sizeof got);
        if (strcmp(got, want->text.ptr) != 0)
            differs(o, "protection at 0x%" PRIx64 ": want %s, got %s", rva, want->text.ptr, got);
    }
    stop(&f);
}

static void check_bytes(oddity *o, uint64_t rva, const pel_yaml *want)
{
    fresh f;
    uint8_t bytes[32] = { 0 };
    char got[65] = "";
    size_t size = want->text.len / 2 < sizeof bytes ? want->text.len / 2 : sizeof bytes;
    if (start(o, &f, &o->in)) {
        pel_space_peek(pel_process_space(f.process), at(&f, rva), bytes, size);
        for (size_t i = 0; i < size; i++)
            snprintf(got + 2 * i, 3, "%02x", bytes[i]);
        if (strcmp(got, want->text.ptr) != 0)
            differs(o, "bytes at 0x%" PRIx64 ": want %s, got %s", rva, want->text.ptr, got);
    }
    stop(&f);
}

static void check_aslr(oddity *o, const pel_yaml *want)
{
    fresh f;
    uint64_t base = 0;
    pel_load_options options = o->in;
    options.aslr = true;
    options.seed = 7;
    pel_yaml_uint(want, &base);
    if (start(o, &f, &options) && pel_process_module(f.process)->base.v != base)
        differs(o, "base with ASLR: want 0x%" PRIx64 ", got 0x%" PRIx64, base,
                pel_process_module(f.process)->base.v);
    stop(&f);
}

/* ---- sections ---------------------------------------------------------- */

static void check_info(oddity *o, const pel_yaml *facts)
{
    pel_section_image_information info;
    if (pel_image_section_information(o->image, &o->in, &info) != PEL_OK)
        differs(o, "there is no section information");
    for (const pel_yaml *f = facts->first; f; f = f->next) {
        uint64_t want = 0;
        const pel_field *field =
            pel_schema_field(&pel_section_image_information_schema, f->key->text.ptr);
        pel_yaml_uint(f, &want);
        if (!field || pel_field_get(field, &info, 0) != want)
            differs(o, "%s: want 0x%" PRIx64 ", got another", f->key->text.ptr, want);
    }
}

static pel_status fill_nothing(void *ctx, uint64_t page, uint8_t *bytes)
{
    (void)ctx, (void)page, (void)bytes;
    return PEL_OK;
}

static void check_data(oddity *o, const pel_yaml *want)
{
    pel_machine *machine;
    pel_section_object *section = NULL;
    const pel_section_options options = { .type = PEL_SECTION_FILE,
                                          .protect = PEL_PAGE_READONLY,
                                          .attributes = PEL_SEC_COMMIT,
                                          .pager = { .fill = fill_nothing },
                                          .file_size = pel_image_bytes(o->image).size };
    if (pel_machine_new(NULL, &machine) != PEL_OK)
        return;
    pel_ntstatus got = pel_section_object_new(machine, &options, &section), expected = 0;
    if (pel_ntstatus_from_name(want->text.ptr, &expected) != PEL_OK || got != expected)
        differs(o, "data section: want %s, got %s", want->text.ptr, pel_ntstatus_name(got));
    pel_section_object_free(section);
    pel_machine_free(machine);
}

static void check_names(oddity *o, const pel_yaml *want)
{
    uint32_t i = 0;
    for (const pel_yaml *w = want->first; w; w = w->next, i++) {
        const pel_section *s = pel_image_section(o->image, i);
        if (!s || s->name.len != w->text.len || memcmp(s->name.ptr, w->text.ptr, w->text.len) != 0)
            differs(o, "name of section %u: want %s", (unsigned)i, w->text.ptr);
    }
}

/* ---- rows -------------------------------------------------------------- */

/* What a fact is about: the value as a whole, or each entry of a map by its number. */
static const struct {
    const char *key;
    void (*whole)(oddity *o, const pel_yaml *want);
    void (*each)(oddity *o, uint64_t number, const pel_yaml *want);
} kinds[] = {
    { "check", check_verdicts, NULL },  { "rva", NULL, check_rva },
    { "offset", NULL, check_offset },   { "rvas", NULL, check_rvas },
    { "protect", NULL, check_protect }, { "bytes", NULL, check_bytes },
    { "aslr", check_aslr, NULL },       { "info", check_info, NULL },
    { "data", check_data, NULL },       { "names", check_names, NULL },
    { "load", check_loads, NULL },
};

static const char *const for_people[] = { "id", "area", "file", "about", "then", "in", "later" };

static void check_fact(oddity *o, const pel_yaml *fact)
{
    const char *key = fact->key->text.ptr;
    for (size_t i = 0; i < sizeof for_people / sizeof for_people[0]; i++)
        if (strcmp(key, for_people[i]) == 0)
            return;
    size_t i = 0;
    while (i < sizeof kinds / sizeof kinds[0] && strcmp(kinds[i].key, key) != 0)
        i++;
    if (i == sizeof kinds / sizeof kinds[0]) {
        differs(o, "unknown key: %s", key);
        return;
    }
    if (kinds[i].whole)
        kinds[i].whole(o, fact);
    for (const pel_yaml *f = kinds[i].each ? fact->first : NULL; f; f = f->next) {
        uint64_t number = 0;
        if (!pel_yaml_uint(f->key, &number))
            differs(o, "%s: no number: %s", key, f->key->text.ptr);
        kinds[i].each(o, number, f);
    }
}

void check_row(oddity *o)
{
    for (const pel_yaml *f = o->row->first; f; f = f->next)
        check_fact(o, f);
}
