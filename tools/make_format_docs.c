/* SPDX-License-Identifier: Apache-2.0 */
/* make_format_docs DIR: writes docs/format. One page for each structure and each set of names of
 * the tables, and one for the diagnostics and the statuses. What it says is what the library
 * reads: there is no second place to forget. */
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what there is ----------------------------------------------------- */

static const struct structure {
    const char *id;
    const pel_schema *schema;
} structures[] = {
#define X(id, name, key, size32, size64) { #id, &pel_##id##_schema },
#include <pelorus/tables/schemas.def>
#undef X
};

static const struct name_set {
    const char *id;
    const pel_names *names;
} name_sets[] = {
#define X(title, id) { #id, &pel_names_##id },
#include <pelorus/tables/enums.def>
#undef X
};

static const pel_ntstatus statuses[] = {
#define X(name, value, win32, text) (pel_ntstatus) PEL_STATUS_##name,
#include <pelorus/tables/ntstatus.def>
#undef X
#define X(name, code, text) (pel_ntstatus) PEL_STATUS_EFI_##name,
#include <pelorus/tables/efi_status.def>
#undef X
};

/* A member of a structure of processes, as tables/process.def has it. */
static const struct member {
    const char *structure, *name;
    unsigned at32, at64;
    const char *kind, *since, *until, *doc;
} process_members[] = {
#define F(structure, member, at32, at64, kind, since, until, doc)                                  \
    { #structure, #member, at32, at64, #kind, #since, #until, doc },
#include <pelorus/tables/process.def>
#undef F
};

static const struct {
    const char *id, *name;
} process_structures[] = {
    { "PEB", "PEB" },
    { "TEB", "TEB" },
    { "LDR", "PEB_LDR_DATA" },
    { "ENTRY", "LDR_DATA_TABLE_ENTRY" },
    { "DDAG", "LDR_DDAG_NODE" },
    { "PARAMETERS", "RTL_USER_PROCESS_PARAMETERS" },
    { "SHARED", "KUSER_SHARED_DATA" },
};

static const char *const type_names[] = {
#define X(kind, type, wire32, wire64) [PEL_KIND_##kind] = #type,
    PEL_KINDS(X)
#undef X
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Not a structure of files: it has alignment, and no offsets of ours. */
static bool is_in_files(const pel_schema *s)
{
    return s != &pel_section_image_information_schema && s != &pel_section_basic_information_schema;
}

/* UEFI's header does not follow the word size of the machine. */
static bool is_always_wide(const pel_schema *s) { return s == &pel_te_header_schema; }

/* ---- writing ----------------------------------------------------------- */

/* Text of a table cell. */
static void put_cell(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '\\' || *text == '*' || *text == '<')
            fputc('\\', f);
        fputc(*text, f);
    }
}

static void put_doc(FILE *f, const char *text)
{
    put_cell(f, text);
    fputs(" |\n", f);
}

static const char *id_of_names(const pel_names *names)
{
    for (size_t i = 0; i < COUNT(name_sets); i++)
        if (name_sets[i].names == names)
            return name_sets[i].id;
    return NULL;
}

/* "16+4", "16+4:2..5" for bits of it, "16+" for what follows, or "-" for a field that the format
 * lacks. */
static void put_place(FILE *f, const pel_schema *s, const pel_field *field, bool wide)
{
    unsigned width = pel_field_wire(field, wide);
    if (field->kind == PEL_KIND_REST)
        fprintf(f, "| %zu+ ", pel_field_offset(s, field, wide));
    else if (field->bits)
        fprintf(f, "| %zu+%u:%u..%u ", pel_field_offset(s, field, wide), width, field->bit,
                field->bit + field->bits - 1u);
    else if (width)
        fprintf(f, "| %zu+%" PRIu32 " ", pel_field_offset(s, field, wide), width * field->count);
    else
        fputs("| - ", f);
}

static void put_member(FILE *f, const pel_field *field)
{
    if (field->kind == PEL_KIND_REST) {
        fprintf(f, "| `%s` | | | ", field->name);
        return;
    }
    fprintf(f, "| `%s` | `%s` | `%s", field->name, field->member, type_names[field->kind]);
    if (field->count > 1)
        fprintf(f, "[%" PRIu32 "]", field->count);
    fputs("` | ", f);
}

static void put_field(FILE *f, const pel_schema *s, const pel_field *field)
{
    if (is_in_files(s) && !is_always_wide(s))
        put_place(f, s, field, false);
    if (is_in_files(s))
        put_place(f, s, field, true);
    put_member(f, field);
    if (!field->names) {
        put_doc(f, field->doc);
        return;
    }
    put_cell(f, field->doc);
    fprintf(f, " ([%s](%s.md)) |\n", field->names->id, id_of_names(field->names));
}

static void put_sizes(FILE *f, const pel_schema *s)
{
    size_t narrow = pel_schema_wire_size(s, false), wide = pel_schema_wire_size(s, true);
    if (!is_in_files(s))
        fputs("Not a structure of files. ", f);
    else if (narrow == wide || is_always_wide(s))
        fprintf(f, "%zu bytes. ", wide);
    else
        fprintf(f, "%zu bytes in PE32, %zu in PE32+. ", narrow, wide);
}

static void put_structure(FILE *f, const struct structure *p)
{
    const pel_schema *s = p->schema;
    bool both = is_in_files(s) && !is_always_wide(s);
    fprintf(f, "# %s\n\n", s->name);
    put_sizes(f, s);
    fprintf(f, "In dumps: `%s`. In C: `pel_%s`.\nDescribed in `include/pelorus/tables/%s.def`.\n\n",
            s->key, p->id, p->id);
    fprintf(f, "%s| name | member | type | meaning |\n",
            both             ? "| PE32 | PE32+ "
            : is_in_files(s) ? "| place "
                             : "");
    fprintf(f, "%s|---|---|---|---|\n", both ? "|---|---" : is_in_files(s) ? "|---" : "");
    for (size_t i = 0; i < s->field_count; i++)
        put_field(f, s, &s->fields[i]);
    if (is_in_files(s))
        fputs("\nPlaces are offset+size in bytes, from the start of the structure; :from..to are "
              "bits "
              "of that.\n",
              f);
}

static bool is_setting(const pel_name *n) { return n->mask != n->value && n->mask != UINT32_MAX; }

static void put_names(FILE *f, const struct name_set *p)
{
    fprintf(f, "# %s\n\nDescribed in `include/pelorus/tables/%s.def`.\n\n", p->names->id, p->id);
    fputs("| value | name | meaning |\n|---|---|---|\n", f);
    for (size_t i = 0; i < p->names->count; i++) {
        const pel_name *n = &p->names->items[i];
        fprintf(f, "| 0x%" PRIx32, n->value);
        if (is_setting(n))
            fprintf(f, " of 0x%" PRIx32, n->mask);
        fprintf(f, " | `%s` | ", n->name);
        put_doc(f, n->doc);
    }
}

static void put_diagnostics(FILE *f)
{
    fputs("# Diagnostics\n\nWhat is wrong or odd with a file. Codes are stable; scripts should "
          "match them and not the\ntext. `pelorus explain CODE` says the same.\n\n"
          "| code | severity | says | meaning |\n|---|---|---|---|\n",
          f);
    for (int i = 0; i < PEL_DIAG_COUNT; i++) {
        pel_diag_code code = (pel_diag_code)i;
        fprintf(f, "| `%s` | %s | ", pel_diag_code_name(code),
                pel_severity_name(pel_diag_severity(code)));
        put_cell(f, pel_diag_text(code));
        fputs(" | ", f);
        put_doc(f, pel_diag_help(code));
    }
}

static void put_statuses(FILE *f)
{
    fputs("# Statuses\n\nWhat the simulated Windows answers, with the Win32 error that programs "
          "get to see.\n\n| value | name | Win32 | meaning |\n|---|---|---|---|\n",
          f);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        fprintf(f, "| 0x%08" PRIx32 " | `%s` | %" PRIu32 " | ", statuses[i],
                pel_ntstatus_name(statuses[i]), pel_ntstatus_to_win32(statuses[i]));
        put_doc(f, pel_ntstatus_text(statuses[i]));
    }
}

/* "XP to 7", or nothing for a member that all have. */
static void put_ages(FILE *f, const struct member *m)
{
    const char *since = m->since + (m->since[0] == 'W'), *until = m->until + (m->until[0] == 'W');
    bool always = strcmp(since, "XP") == 0 && strcmp(until, "11") == 0;
    if (always)
        fputs("| ", f);
    else if (strcmp(since, until) == 0)
        fprintf(f, "| %s ", since);
    else
        fprintf(f, "| %s to %s ", since, until);
}

static void put_process_structure(FILE *f, const char *id, const char *name)
{
    fprintf(f, "\n## %s\n\n", name);
    fputs("| 32 bits | 64 bits | Windows | member | type | holds |\n|---|---|---|---|---|---|\n",
          f);
    for (size_t i = 0; i < COUNT(process_members); i++) {
        const struct member *m = &process_members[i];
        if (strcmp(m->structure, id) != 0)
            continue;
        fprintf(f, "| 0x%03X | 0x%03X ", m->at32, m->at64);
        put_ages(f, m);
        fprintf(f, "| `%s` | %s | ", m->name, m->kind);
        put_doc(f, m->doc);
    }
}

static void put_process(FILE *f)
{
    fputs(
        "# Structures of a process\n\nWhat a furnished process has in its memory, by offset, and "
        "what Pelorus puts there; all else is 0.\nDescribed in "
        "`include/pelorus/tables/process.def`. Without a Windows: in all of them. NAT is as wide\n"
        "as an address. What is where, and how sure we are: [process.md](../process.md).\n",
        f);
    for (size_t i = 0; i < COUNT(process_structures); i++)
        put_process_structure(f, process_structures[i].id, process_structures[i].name);
}

static void put_index(FILE *f)
{
    fputs("# The format, as the library reads it\n\n"
          "These pages are made of the tables in `include/pelorus/tables`, which the decoder, the "
          "builder and\nevery dump are made of, too. The rest of the documentation: "
          "[README](../README.md).\n\n## Structures\n\n",
          f);
    for (size_t i = 0; i < COUNT(structures); i++)
        fprintf(f, "- [%s](%s.md)\n", structures[i].schema->name, structures[i].id);
    fputs("\n## Values and flags\n\n", f);
    for (size_t i = 0; i < COUNT(name_sets); i++)
        fprintf(f, "- [%s](%s.md)\n", name_sets[i].names->id, name_sets[i].id);
    fputs("\n## Answers\n\n- [Diagnostics](diagnostics.md)\n- [Statuses](ntstatus.md)\n"
          "\n## In memory\n\n- [Structures of a process](process.md)\n",
          f);
}

/* ---- pages ------------------------------------------------------------- */

static FILE *open_page(const char *folder, const char *name)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s.md", folder, name);
    FILE *f = length > 0 && (size_t)length < sizeof path ? fopen(path, "w") : NULL;
    if (!f) {
        perror(folder);
        exit(EXIT_FAILURE);
    }
    fputs("<!-- Made by tools/make_format_docs.c; ./dev rebase-golden makes it anew. -->\n\n", f);
    return f;
}

static void close_page(FILE *f)
{
    bool failed = ferror(f);
    if (fclose(f) != 0 || failed) {
        perror("page");
        exit(EXIT_FAILURE);
    }
}

static void write_page(const char *folder, const char *name, void (*put)(FILE *f))
{
    FILE *f = open_page(folder, name);
    put(f);
    close_page(f);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_format_docs DIR\n");
        return 2;
    }
    for (size_t i = 0; i < COUNT(structures); i++) {
        FILE *f = open_page(argv[1], structures[i].id);
        put_structure(f, &structures[i]);
        close_page(f);
    }
    for (size_t i = 0; i < COUNT(name_sets); i++) {
        FILE *f = open_page(argv[1], name_sets[i].id);
        put_names(f, &name_sets[i]);
        close_page(f);
    }
    write_page(argv[1], "diagnostics", put_diagnostics);
    write_page(argv[1], "ntstatus", put_statuses);
    write_page(argv[1], "process", put_process);
    write_page(argv[1], "README", put_index);
    return EXIT_SUCCESS;
}
