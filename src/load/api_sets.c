/* SPDX-License-Identifier: Apache-2.0 */
/* Which DLL hosts an API set, by a schema (pe/api_sets.c reads it) or by the built-in table.
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

/* UTF-16 text of the schema as ASCII. PEL_MALFORMED when it is not that, or too long. */
static pel_status ascii(pel_span text, char out[PEL_API_SET_HOST])
{
    size_t count = text.size / 2;
    if (count == 0 || count >= PEL_API_SET_HOST)
        return PEL_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        uint32_t unit = pel_span_u16(text, 2 * i);
        if (unit == 0 || unit > 0x7e)
            return PEL_MALFORMED;
        out[i] = (char)unit;
    }
    out[count] = 0;
    return PEL_OK;
}

static bool is_text(pel_span utf16, pel_str text)
{
    char found[PEL_API_SET_HOST];
    return utf16.size / 2 == text.len && ascii(utf16, found) == PEL_OK &&
           pel_compare_nocase(pel_str_of(found), text) == 0;
}

/* ---- a schema ---------------------------------------------------------- */

/* The host that a contract has for `importer`: that of its own value, or the one for all, or the
 * first. */
static pel_status host_of(const pel_api_sets *sets, const pel_api_set *set, pel_str importer,
                          char host[PEL_API_SET_HOST])
{
    bool for_all = false;
    pel_api_set_host h, chosen = { .host = { NULL, 0 } };
    for (uint32_t i = 0; pel_api_set_host_at(sets, set, i, &h); i++) {
        if (!h.for_all && is_text(h.importer, importer)) {
            chosen = h;
            break;
        }
        if (i == 0 || (h.for_all && !for_all))
            chosen = h;
        for_all = for_all || h.for_all;
    }
    bool none = chosen.schema == NULL || chosen.value.v4.value_length == 0;
    if (sets->version == 2 && chosen.schema)
        none = chosen.value.v2.value_length == 0;
    return none ? PEL_NOT_FOUND : ascii(chosen.host, host);
}

static pel_status resolve_in_schema(const pel_api_sets *sets, pel_str contract, pel_str importer,
                                    char host[PEL_API_SET_HOST])
{
    pel_api_set set;
    pel_str wanted = sets->version == 6
                         ? without_last_number(contract)
                         : (pel_str){ contract.ptr + 4, contract.len - 4 }; /* without "api-" */
    for (uint32_t i = 0; pel_api_set_at(sets, i, &set); i++)
        if (is_text(set.looked_up, wanted))
            return host_of(sets, &set, importer, host);
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
    host[0] = 0;
    if (!pel_is_api_set(contract))
        return PEL_NOT_FOUND;
    return sets->version ? resolve_in_schema(sets, contract, importer, host)
                         : resolve_built_in(contract, importer, host);
}
