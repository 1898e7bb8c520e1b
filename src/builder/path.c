/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/path.h"

#include <string.h>

#define SIGNATURE_SIZE 4u

/* The longer name comes first where one begins with the other. */
static const struct {
    const char *name;
    pel_path_part part;
    const pel_schema *schema;
    bool indexed;
} structures[] = {
    { "optional_header.DataDirectory", PEL_PATH_DIRECTORY, &pel_data_directory_schema, true },
    { "data_directories", PEL_PATH_DIRECTORY, &pel_data_directory_schema, true },
    { "optional_header", PEL_PATH_OPTIONAL, &pel_optional_header_schema, false },
    { "dos_header", PEL_PATH_DOS, &pel_dos_header_schema, false },
    { "file_header", PEL_PATH_FILE, &pel_file_header_schema, false },
    { "sections", PEL_PATH_SECTION, &pel_section_header_schema, true },
    { "nt_signature", PEL_PATH_SIGNATURE, NULL, false },
};

#define STRUCTURES (sizeof structures / sizeof structures[0])

const char *pel_path_structure(size_t index)
{
    return index < STRUCTURES ? structures[index].name : NULL;
}

/* Take `word` from the front of `*text`, if it stands there. */
static bool take(pel_str *text, const char *word)
{
    size_t len = strlen(word);
    if (text->len < len || memcmp(text->ptr, word, len) != 0)
        return false;
    *text = (pel_str){ text->ptr + len, text->len - len };
    return true;
}

/* Take "[123]". */
static bool take_index(pel_str *text, uint32_t *out)
{
    uint64_t value = 0;
    size_t digits = 0;
    if (!take(text, "["))
        return false;
    while (digits < 9 && digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9')
        value = value * 10 + (uint64_t)(text->ptr[digits++] - '0');
    *text = (pel_str){ text->ptr + digits, text->len - digits };
    *out = (uint32_t)value;
    return digits > 0 && take(text, "]");
}

/* The field that `text` begins with, which ends before '[' or the end. */
static const pel_field *take_field(pel_str *text, const pel_schema *schema)
{
    const char *bracket = text->len ? memchr(text->ptr, '[', text->len) : NULL;
    size_t len = bracket ? (size_t)(bracket - text->ptr) : text->len;
    for (size_t i = 0; i < schema->field_count; i++) {
        const pel_field *f = &schema->fields[i];
        if (strlen(f->name) == len && memcmp(f->name, text->ptr, len) == 0) {
            take(text, f->name);
            return f;
        }
    }
    return NULL;
}

static pel_status parse_field(pel_str text, pel_path *out)
{
    out->field = take_field(&text, out->schema);
    if (!out->field)
        return PEL_NOT_FOUND;
    if (out->field->count > 1 && !take_index(&text, &out->element))
        return PEL_NOT_FOUND;
    return text.len == 0 && out->element < out->field->count ? PEL_OK : PEL_NOT_FOUND;
}

pel_status pel_path_parse(pel_str text, pel_path *out)
{
    *out = (pel_path){ 0 };
    for (size_t i = 0; i < STRUCTURES; i++) {
        pel_str rest = text;
        if (!take(&rest, structures[i].name))
            continue;
        if (structures[i].indexed && !take_index(&rest, &out->index))
            continue;
        out->part = structures[i].part;
        out->schema = structures[i].schema;
        if (!out->schema)
            return rest.len == 0 ? PEL_OK : PEL_NOT_FOUND;
        if (take(&rest, "."))
            return parse_field(rest, out);
        out->schema = NULL;
    }
    return PEL_NOT_FOUND;
}

unsigned pel_path_width(const pel_path *path, bool wide)
{
    return path->field ? pel_field_wire(path->field, wide) : SIGNATURE_SIZE;
}
