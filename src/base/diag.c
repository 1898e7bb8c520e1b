/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pelorus/diag.h>

#include "base/diag_priv.h"
#include "base/text.h"

static const struct {
    pel_severity severity;
    pel_shows shows;
    const char *name, *text, *help;
} diags[] = {
#define X(id, severity, shows, text, help) { PEL_##severity, PEL_SHOWS_##shows, #id, text, help },
#include <pelorus/tables/diag.def>
#undef X
};

const char *pel_severity_name(pel_severity severity)
{
    switch (severity) {
    case PEL_INFO: return "info";
    case PEL_WARNING: return "warning";
    case PEL_ERROR: return "error";
    }
    return "?";
}

static bool known(pel_diag_code code) { return (unsigned)code < PEL_DIAG_COUNT; }

const char *pel_diag_code_name(pel_diag_code code) { return known(code) ? diags[code].name : "?"; }
const char *pel_diag_text(pel_diag_code code) { return known(code) ? diags[code].text : "?"; }
const char *pel_diag_help(pel_diag_code code) { return known(code) ? diags[code].help : "?"; }

pel_severity pel_diag_severity(pel_diag_code code)
{
    return known(code) ? diags[code].severity : PEL_ERROR;
}

static void append_place(const pel_place *place, char *out, size_t size, size_t *used)
{
    if (place->structure)
        pel_append(out, size, used, "%s", place->structure);
    if (place->index != PEL_NO_INDEX)
        pel_append(out, size, used, "[%" PRIu32 "]", place->index);
    if (place->field)
        pel_append(out, size, used, "%s%s", place->structure ? "." : "", place->field);
}

size_t pel_place_format(const pel_place *place, char *out, size_t size)
{
    size_t used = 0;
    if (size)
        out[0] = '\0';
    append_place(place, out, size, &used);
    return used;
}

static void append_number(pel_shows shows, uint64_t number, char *out, size_t size, size_t *used)
{
    if (shows == PEL_SHOWS_THOUSANDTHS)
        pel_append(out, size, used, "%" PRIu64 ".%03u", number / 1000, (unsigned)(number % 1000));
    else
        pel_append(out, size, used, "0x%" PRIx64, number);
}

size_t pel_remark_format(const pel_place *where, pel_shows shows, uint64_t found, uint64_t limit,
                         const char *text, char *out, size_t size)
{
    size_t used = 0;
    if (size)
        out[0] = '\0';
    append_place(where, out, size, &used);
    if (shows != PEL_SHOWS_NOTHING && shows != PEL_SHOWS_LIMIT) {
        pel_append(out, size, &used, "%s", used ? " " : "");
        append_number(shows, found, out, size, &used);
    }
    if (where->has_offset)
        pel_append(out, size, &used, "%sat 0x%" PRIx64, used ? " " : "", where->offset.v);
    pel_append(out, size, &used, "%s%s", used ? ": " : "", text);
    if (shows != PEL_SHOWS_NOTHING && shows != PEL_SHOWS_FOUND) {
        pel_append(out, size, &used, " (");
        append_number(shows, limit, out, size, &used);
        pel_append(out, size, &used, ")");
    }
    return used;
}

size_t pel_diag_format(const pel_diag *diag, char *out, size_t size)
{
    pel_shows shows = known(diag->code) ? diags[diag->code].shows : PEL_SHOWS_NOTHING;
    return pel_remark_format(&diag->where, shows, diag->found, diag->limit,
                             pel_diag_text(diag->code), out, size);
}
