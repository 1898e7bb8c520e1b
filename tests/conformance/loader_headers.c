/* SPDX-License-Identifier: Apache-2.0 */
#include "loader_case.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which header a value is in, and so where its offset is counted from. */
typedef enum part { IN_DOS, IN_NT, IN_OPTIONAL } part;

/* Where a value lies, typed from the specification and not taken from the library's tables:
 * two descriptions that were made apart from each other. Offsets count from the start of the
 * file (IN_DOS) or from the NT signature; size 0 = not there in that format. */
typedef struct value_row {
    const char *key;
    int element; /* of an array in JSON; -1 for a plain number */
    part part;
    const char *field;
    uint16_t at32, size32, at64, size64;
} value_row;

/* clang-format off */
static const value_row values[] = {
    { "e_magic",             -1, IN_DOS,      "e_magic",                       0, 2,   0, 2 },
    { "e_lfanew",            -1, IN_DOS,      "e_lfanew",                     60, 4,  60, 4 },
    { "machine",             -1, IN_NT,       "Machine",                       4, 2,   4, 2 },
    { "sections",            -1, IN_NT,       "NumberOfSections",              6, 2,   6, 2 },
    { "timestamp",           -1, IN_NT,       "TimeDateStamp",                 8, 4,   8, 4 },
    { "symptr",              -1, IN_NT,       "PointerToSymbolTable",         12, 4,  12, 4 },
    { "nsyms",               -1, IN_NT,       "NumberOfSymbols",              16, 4,  16, 4 },
    { "opt_size",            -1, IN_NT,       "SizeOfOptionalHeader",         20, 2,  20, 2 },
    { "characteristics",     -1, IN_NT,       "Characteristics",              22, 2,  22, 2 },
    { "magic",               -1, IN_OPTIONAL, "Magic",                        24, 2,  24, 2 },
    { "linker",               0, IN_OPTIONAL, "MajorLinkerVersion",           26, 1,  26, 1 },
    { "linker",               1, IN_OPTIONAL, "MinorLinkerVersion",           27, 1,  27, 1 },
    { "size_of_code",        -1, IN_OPTIONAL, "SizeOfCode",                   28, 4,  28, 4 },
    { "size_init",           -1, IN_OPTIONAL, "SizeOfInitializedData",        32, 4,  32, 4 },
    { "size_uninit",         -1, IN_OPTIONAL, "SizeOfUninitializedData",      36, 4,  36, 4 },
    { "entry",               -1, IN_OPTIONAL, "AddressOfEntryPoint",          40, 4,  40, 4 },
    { "base_of_code",        -1, IN_OPTIONAL, "BaseOfCode",                   44, 4,  44, 4 },
    { "base_of_data",        -1, IN_OPTIONAL, "BaseOfData",                   48, 4,   0, 0 },
    { "image_base",          -1, IN_OPTIONAL, "ImageBase",                    52, 4,  48, 8 },
    { "section_alignment",   -1, IN_OPTIONAL, "SectionAlignment",             56, 4,  56, 4 },
    { "file_alignment",      -1, IN_OPTIONAL, "FileAlignment",                60, 4,  60, 4 },
    { "os_ver",               0, IN_OPTIONAL, "MajorOperatingSystemVersion",  64, 2,  64, 2 },
    { "os_ver",               1, IN_OPTIONAL, "MinorOperatingSystemVersion",  66, 2,  66, 2 },
    { "image_ver",            0, IN_OPTIONAL, "MajorImageVersion",            68, 2,  68, 2 },
    { "image_ver",            1, IN_OPTIONAL, "MinorImageVersion",            70, 2,  70, 2 },
    { "sub_ver",              0, IN_OPTIONAL, "MajorSubsystemVersion",        72, 2,  72, 2 },
    { "sub_ver",              1, IN_OPTIONAL, "MinorSubsystemVersion",        74, 2,  74, 2 },
    { "win32_version",       -1, IN_OPTIONAL, "Win32VersionValue",            76, 4,  76, 4 },
    { "size_of_image",       -1, IN_OPTIONAL, "SizeOfImage",                  80, 4,  80, 4 },
    { "size_of_headers",     -1, IN_OPTIONAL, "SizeOfHeaders",                84, 4,  84, 4 },
    { "checksum",            -1, IN_OPTIONAL, "CheckSum",                     88, 4,  88, 4 },
    { "subsystem",           -1, IN_OPTIONAL, "Subsystem",                    92, 2,  92, 2 },
    { "dll_characteristics", -1, IN_OPTIONAL, "DllCharacteristics",           94, 2,  94, 2 },
    { "stack",                0, IN_OPTIONAL, "SizeOfStackReserve",           96, 4,  96, 8 },
    { "stack",                1, IN_OPTIONAL, "SizeOfStackCommit",           100, 4, 104, 8 },
    { "heap",                 0, IN_OPTIONAL, "SizeOfHeapReserve",           104, 4, 112, 8 },
    { "heap",                 1, IN_OPTIONAL, "SizeOfHeapCommit",            108, 4, 120, 8 },
    { "loader_flags",        -1, IN_OPTIONAL, "LoaderFlags",                 112, 4, 128, 4 },
    { "num_dirs",            -1, IN_OPTIONAL, "NumberOfRvaAndSizes",         116, 4, 132, 4 },
};

static const struct { const char *key, *field; uint16_t at; } section_values[] = {
    { "vsize",     "VirtualSize",       8 },
    { "va",        "VirtualAddress",   12 },
    { "raw_size",  "SizeOfRawData",    16 },
    { "raw_ptr",   "PointerToRawData", 20 },
    { "chars",     "Characteristics",  36 },
};
/* clang-format on */

/* The number at `at` in the file; false when it is cut by the end of the file. */
static bool raw(pel_span file, uint64_t at, unsigned size, uint64_t *out)
{
    pel_span bytes;
    *out = 0;
    if (!pel_span_slice(file, at, size, &bytes))
        return false;
    for (unsigned i = size; i-- > 0;)
        *out = *out << 8 | bytes.data[i];
    return true;
}

/* What the file itself says about where its headers are. */
typedef struct raw_headers {
    pel_span file;
    bool has_mz;
    bool has_nt; /* MZ, and PE\0\0 at e_lfanew */
    bool has_optional;
    bool wide;
    uint64_t nt, optional_end, sections;
} raw_headers;

static raw_headers find_headers(pel_span file)
{
    raw_headers h = { .file = file };
    uint64_t mz, signature, opt_size, magic;
    h.has_mz = raw(file, 0, 2, &mz) && mz == 0x5a4d;
    bool found = h.has_mz && raw(file, 60, 4, &h.nt) && raw(file, h.nt, 4, &signature);
    h.has_nt = found && signature == 0x4550 && raw(file, h.nt + 20, 2, &opt_size);
    if (!h.has_nt)
        return h;
    h.sections = h.nt + 24 + opt_size;
    raw(file, h.nt + 24, 2, &magic);
    h.wide = magic == 0x20b;
    h.has_optional = h.wide || magic == 0x10b;
    h.optional_end = h.nt + 24 + (h.wide ? 112 : 96);
    return h;
}

/* What the library has for field `name` of structure `index`. */
static bool library_value(const loader_case *c, const pel_schema *schema, uint32_t index,
                          const char *name, uint64_t *out)
{
    pel_structure s;
    const pel_field *field = pel_schema_field(schema, name);
    if (!field || pel_image_structure(c->image, schema, index, &s) != PEL_OK)
        return false;
    *out = pel_field_get(field, s.fields, 0);
    return true;
}

/* Compare one value that lies at `at` in the file. What the file does not hold there cannot be
 * expected of the library: files of this form may be cut, and headers may overlap. */
static void compare(loader_case *c, const raw_headers *h, const char *what, uint64_t want,
                    uint64_t at, unsigned size, const pel_schema *schema, uint32_t index,
                    const char *field)
{
    uint64_t in_file, got;
    char why[120];
    if (!raw(h->file, at, size, &in_file)) {
        trial_note(&c->trial, what, "cut by the end of the file");
    } else if (in_file != want) {
        snprintf(why, sizeof why, "the case says 0x%" PRIx64 ", but the file holds 0x%" PRIx64,
                 want, in_file);
        trial_note(&c->trial, what, why);
    } else if (!library_value(c, schema, index, field, &got)) {
        trial_differs(&c->trial, what, "want 0x%" PRIx64 ", got no %s", want, field);
    } else {
        trial_number(&c->trial, what, want, got);
    }
}

static const pel_schema *schema_of(part p)
{
    switch (p) {
    case IN_DOS: return &pel_dos_header_schema;
    case IN_NT: return &pel_file_header_schema;
    case IN_OPTIONAL: break;
    }
    return &pel_optional_header_schema;
}

static void compare_row(loader_case *c, const raw_headers *h, const value_row *row,
                        json_object *value)
{
    unsigned size = h->wide ? row->size64 : row->size32;
    bool present = (row->part == IN_DOS && h->has_mz) || (row->part == IN_NT && h->has_nt) ||
                   (row->part == IN_OPTIONAL && h->has_optional);
    if (!present || size == 0)
        return;
    json_object *number =
        row->element < 0 ? value : json_object_array_get_idx(value, (size_t)row->element);
    uint64_t from = row->part == IN_DOS ? 0 : h->nt;
    char what[64];
    snprintf(what, sizeof what, "%s", row->field);
    compare(c, h, what, json_value(number), from + (h->wide ? row->at64 : row->at32), size,
            schema_of(row->part), 0, row->field);
}

/* Every key of `object` (dos or header) by the table; what the table lacks is reported. */
static void compare_values(loader_case *c, const raw_headers *h, json_object *object)
{
    json_object_object_foreach(object, key, value)
    {
        bool known = strcmp(key, "signature") == 0 || strcmp(key, "size") == 0;
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            if (strcmp(values[i].key, key) != 0)
                continue;
            known = true;
            compare_row(c, h, &values[i], value);
        }
        if (!known)
            trial_unchecked(&c->trial, key);
    }
}

static void compare_signature(loader_case *c, const raw_headers *h, json_object *header)
{
    uint64_t want = json_number(header, "signature", 0), in_file = 0;
    bool readable = h->has_mz && raw(h->file, h->nt, 4, &in_file);
    trial_number(&c->trial, "is PE", h->has_nt, pel_image_is_pe(c->image));
    if (!readable || in_file != want)
        return;
    uint32_t got = 0;
    pel_foff at = { 0 };
    if (!pel_image_nt_signature(c->image, &got, &at))
        trial_differs(&c->trial, "signature", "want 0x%" PRIx64 ", got none", want);
    else if (trial_number(&c->trial, "signature", want, got))
        trial_number(&c->trial, "offset of the signature", h->nt, at.v);
}

static void compare_directories(loader_case *c, const raw_headers *h, json_object *dirs)
{
    json_object_object_foreach(dirs, key, pair)
    {
        uint32_t index = (uint32_t)strtoul(key, NULL, 10);
        uint64_t at = h->optional_end + 8 * (uint64_t)index;
        char what[64];
        for (unsigned i = 0; i < 2; i++) {
            const char *field = i == 0 ? "VirtualAddress" : "Size";
            snprintf(what, sizeof what, "data_directories[%u].%s", (unsigned)index, field);
            compare(c, h, what, json_value(json_object_array_get_idx(pair, i)), at + 4 * i, 4,
                    &pel_data_directory_schema, index, field);
        }
    }
}

static void compare_name(loader_case *c, const raw_headers *h, uint32_t index, const char *want)
{
    pel_span bytes;
    char in_file[9] = { 0 };
    if (!want || !pel_span_slice(h->file, h->sections + 40 * (uint64_t)index, 8, &bytes))
        return;
    memcpy(in_file, bytes.data, 8);
    if (strcmp(in_file, want) != 0) {
        trial_note(&c->trial, "section name", "the file holds another");
        return;
    }
    const pel_section *s = pel_image_section(c->image, index);
    if (!s || s->name.len != strlen(want) || memcmp(s->name.ptr, want, s->name.len) != 0)
        trial_differs(&c->trial, "section name", "want %s, got %.*s", want,
                      s ? (int)s->name.len : 0, s ? s->name.ptr : "");
}

static void compare_sections(loader_case *c, const raw_headers *h, json_object *sections)
{
    for (uint32_t i = 0; i < json_object_array_length(sections); i++) {
        json_object *s = json_object_array_get_idx(sections, i);
        compare_name(c, h, i, json_text(s, "name"));
        for (size_t k = 0; k < sizeof section_values / sizeof section_values[0]; k++) {
            json_object *value = json_get(s, section_values[k].key);
            char what[64];
            snprintf(what, sizeof what, "sections[%u].%s", (unsigned)i, section_values[k].field);
            if (value)
                compare(c, h, what, json_value(value),
                        h->sections + 40 * (uint64_t)i + section_values[k].at, 4,
                        &pel_section_header_schema, i, section_values[k].field);
        }
    }
}

void loader_case_headers(loader_case *c)
{
    raw_headers h = find_headers(pel_image_bytes(c->image));
    json_object *header = json_get(c->root, "header");
    trial_number(&c->trial, "file size", json_number(c->root, "file_size", 0), h.file.size);
    if (!header || json_object_object_length(header) == 0) {
        trial_number(&c->trial, "is PE", 0, pel_image_is_pe(c->image));
        return; /* no headers: no image */
    }
    compare_values(c, &h, json_get(c->root, "dos"));
    compare_values(c, &h, header);
    compare_signature(c, &h, header);
    if (h.has_optional)
        compare_directories(c, &h, json_get(c->root, "dirs"));
    if (h.has_nt)
        compare_sections(c, &h, json_get(c->root, "sections"));
}
