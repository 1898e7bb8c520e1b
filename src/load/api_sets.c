/* SPDX-License-Identifier: Apache-2.0 */
/* API sets: names of contracts, and the DLLs that host them. The schema is the section ".apiset" of
 * apisetschema.dll, in three versions that say the same with other structures; all text is UTF-16.
 *
 *   namespace --> entry: contract --> values: [ {importer, host}, ... ], the one without importer
 *                                     being for all others
 *
 * docs/binding.md, "API sets", has the sources. */
#include <pelorus/search_path.h>

#include <string.h>

#include "base/reader.h"
#include "base/text.h"

bool pel_is_api_set(pel_str name)
{
    static const char *const prefixes[] = { "api-", "ext-" };
    const size_t len = 4;
    for (size_t i = 0; i < 2; i++)
        if (name.len > len &&
            pel_compare_nocase((pel_str){ name.ptr, len }, pel_str_of(prefixes[i])) == 0)
            return true;
    return false;
}

/* ---- names ------------------------------------------------------------- */

/* A contract as it is looked up: without extension. */
static pel_str without_extension(pel_str name)
{
    const char *dot = memchr(name.ptr, '.', name.len);
    return dot ? (pel_str){ name.ptr, (size_t)(dot - name.ptr) } : name;
}

/* What counts of a contract from version 6 on: all up to the last hyphen. */
static pel_str without_last_number(pel_str name)
{
    for (size_t len = name.len; len > 0; len--)
        if (name.ptr[len - 1] == '-')
            return (pel_str){ name.ptr, len - 1 };
    return name;
}

/* UTF-16 text of the schema as ASCII. PEL_MALFORMED when it is neither there nor that. */
static pel_status ascii(pel_span schema, uint64_t offset, uint64_t size, char out[PEL_API_SET_HOST])
{
    uint64_t count = size / 2;
    if (!pel_span_has(schema, offset, size) || count >= PEL_API_SET_HOST)
        return PEL_MALFORMED;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t unit = pel_span_uint(schema, offset + 2 * i, 2);
        if (unit == 0 || unit > 0x7e)
            return PEL_MALFORMED;
        out[i] = (char)unit;
    }
    out[count] = 0;
    return PEL_OK;
}

static bool is_text(pel_span schema, uint64_t offset, uint64_t size, pel_str text)
{
    char found[PEL_API_SET_HOST];
    return size / 2 == text.len && ascii(schema, offset, size, found) == PEL_OK &&
           pel_compare_nocase(pel_str_of(found), text) == 0;
}

/* ---- the three versions ------------------------------------------------ */

/* Where the fields are: offsets of 32-bit words. */
typedef struct version_layout {
    uint32_t version;
    unsigned count_at, entries_at; /* in the namespace; entries_at: of a field, or of the array */
    bool entries_by_offset;
    unsigned entry_size, name_at, name_size_at, values_at; /* in an entry */
    int count_in_entry;               /* field of the entry with the number of values, or -1: */
    unsigned values_count_at;         /* in what values_at leads to, */
    unsigned values_skip;             /* and the values so many bytes behind that */
    unsigned value_size, importer_at; /* in a value: importer offset, size, host offset, size */
} version_layout;

static const version_layout layouts[] = {
    { .version = 2,
      .count_at = 4,
      .entries_at = 8,
      .entry_size = 12,
      .name_at = 0,
      .name_size_at = 4,
      .values_at = 8,
      .count_in_entry = -1,
      .values_count_at = 0,
      .values_skip = 4,
      .value_size = 16,
      .importer_at = 0 },
    { .version = 4,
      .count_at = 12,
      .entries_at = 16,
      .entry_size = 24,
      .name_at = 4,
      .name_size_at = 8,
      .values_at = 20,
      .count_in_entry = -1,
      .values_count_at = 4,
      .values_skip = 8,
      .value_size = 20,
      .importer_at = 4 },
    { .version = 6,
      .count_at = 12,
      .entries_at = 16,
      .entries_by_offset = true,
      .entry_size = 24,
      .name_at = 4,
      .name_size_at = 12, /* HashedLength: without the last number */
      .values_at = 16,
      .count_in_entry = 20,
      .value_size = 20,
      .importer_at = 4 },
};

static const version_layout *layout_of(uint32_t version)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (layouts[i].version == version)
            return &layouts[i];
    return NULL;
}

pel_status pel_api_sets_of(const pel_image *image, pel_api_sets *out)
{
    static const char wanted[] = ".apiset";
    *out = (pel_api_sets){ .version = 0 };
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        const pel_section *s = pel_image_section(image, i);
        if (s->name.len != strlen(wanted) || memcmp(s->name.ptr, wanted, s->name.len) != 0)
            continue;
        pel_extent e = pel_image_extent(image, i);
        pel_span bytes = pel_image_span(image, e.start, e.span);
        uint32_t version = (uint32_t)pel_span_uint(bytes, 0, 4);
        if (bytes.size < 4 || !layout_of(version))
            return PEL_MALFORMED;
        *out = (pel_api_sets){ .bytes = bytes, .version = version };
        return PEL_OK;
    }
    return PEL_NOT_FOUND;
}

static uint64_t word(pel_span schema, uint64_t at) { return pel_span_uint(schema, at, 4); }

/* The host that an entry has for `importer`. */
static pel_status host_of(pel_span schema, const version_layout *l, uint64_t entry,
                          pel_str importer, char host[PEL_API_SET_HOST])
{
    uint64_t values = word(schema, entry + l->values_at);
    uint64_t count = l->count_in_entry >= 0 ? word(schema, entry + (unsigned)l->count_in_entry)
                                            : word(schema, values + l->values_count_at);
    uint64_t first = values + l->values_skip, chosen = first;
    uint64_t most = schema.size / l->value_size;
    if (count == 0)
        return PEL_NOT_FOUND;
    bool for_all = false;
    for (uint64_t i = 0; i < count && i < most; i++) {
        uint64_t value = first + i * l->value_size, at = value + l->importer_at;
        uint64_t size = word(schema, at + 4);
        if (size != 0 && is_text(schema, word(schema, at), size, importer)) {
            chosen = value;
            break;
        }
        if (size == 0 && !for_all)
            chosen = value;
        for_all = for_all || size == 0;
    }
    uint64_t at = chosen + l->importer_at + 8, size = word(schema, at + 4);
    return size == 0 ? PEL_NOT_FOUND : ascii(schema, word(schema, at), size, host);
}

static pel_status resolve_in_schema(const pel_api_sets *sets, const version_layout *l,
                                    pel_str contract, pel_str importer, char host[PEL_API_SET_HOST])
{
    pel_span schema = sets->bytes;
    uint64_t count = word(schema, l->count_at), most = schema.size / l->entry_size;
    uint64_t first = l->entries_by_offset ? word(schema, l->entries_at) : l->entries_at;
    pel_str wanted = l->version == 6
                         ? without_last_number(contract)
                         : (pel_str){ contract.ptr + 4, contract.len - 4 }; /* without "api-" */
    for (uint64_t i = 0; i < count && i < most; i++) {
        uint64_t entry = first + i * l->entry_size;
        if (is_text(schema, word(schema, entry + l->name_at), word(schema, entry + l->name_size_at),
                    wanted))
            return host_of(schema, l, entry, importer, host);
    }
    return PEL_NOT_FOUND;
}

/* ---- the built-in table ------------------------------------------------ */

/* What kernel32.dll exports of the contracts that it hosts, it imports itself from kernelbase.dll.
 */
static const char *host_for(const char *host, pel_str importer)
{
    bool itself = pel_compare_nocase(pel_str_of(host), importer) == 0;
    return itself && strcmp(host, "kernel32.dll") == 0 ? "kernelbase.dll" : host;
}

static pel_status resolve_built_in(pel_str contract, pel_str importer, char host[PEL_API_SET_HOST])
{
    static const struct {
        const char *contract; /* without the last number */
        const char *host;
    } table[] = {
#define X(contract, host) { contract, host },
#include <pelorus/tables/api_sets.def>
#undef X
    };
    pel_str wanted = without_last_number(contract);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (pel_compare_nocase(pel_str_of(table[i].contract), wanted) != 0)
            continue;
        const char *found = host_for(table[i].host, importer);
        memcpy(host, found, strlen(found) + 1);
        return PEL_OK;
    }
    return PEL_NOT_FOUND;
}

pel_status pel_api_sets_resolve(const pel_api_sets *sets, pel_str name, pel_str importer,
                                char host[PEL_API_SET_HOST])
{
    pel_str contract = without_extension(name);
    const version_layout *l = layout_of(sets->version);
    host[0] = 0;
    if (!pel_is_api_set(contract))
        return PEL_NOT_FOUND;
    return l ? resolve_in_schema(sets, l, contract, importer, host)
             : resolve_built_in(contract, importer, host);
}
