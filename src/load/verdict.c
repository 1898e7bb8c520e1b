/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and verdicts: the table, and what is said about it. */
#include "base/diag_priv.h"
#include "load/load_priv.h"

/* The versions that have a rule: the sixth column of the table. */
#define BIT(version) (1u << PEL_WINDOWS_##version)

enum {
    ON_XP = BIT(XP),
    ON_SINCE_10 = BIT(10) | BIT(11),
    ON_SINCE_8 = BIT(8) | ON_SINCE_10,
    ON_SINCE_7 = BIT(7) | ON_SINCE_8,
    ON_NOT_7 = BIT(XP) | ON_SINCE_8,
    ON_WINDOWS = BIT(XP) | ON_SINCE_7,
    ON_UEFI = BIT(UEFI),
};

static const struct {
    pel_ntstatus status;
    pel_shows shows;
    pel_certainty certainty;
    unsigned versions;
    pel_stage stage;
    const char *name, *text;
} rules[] = {
#define X(id, name, status, shows, certainty, versions, stage, text)                               \
    { (pel_ntstatus)PEL_STATUS_##status,                                                           \
      PEL_SHOWS_##shows,                                                                           \
      PEL_##certainty,                                                                             \
      ON_##versions,                                                                               \
      PEL_STAGE_##stage,                                                                           \
      name,                                                                                        \
      text },
#include <pelorus/tables/rules.def>
#undef X
};

static bool known(pel_rule rule) { return (unsigned)rule < PEL_RULE_COUNT; }

const char *pel_rule_name(pel_rule rule) { return known(rule) ? rules[rule].name : "?"; }
const char *pel_rule_text(pel_rule rule) { return known(rule) ? rules[rule].text : "?"; }

bool pel_rule_holds(pel_rule rule, pel_windows windows)
{
    return known(rule) && (unsigned)windows <= PEL_WINDOWS_UEFI &&
           (rules[rule].versions >> windows & 1);
}

const char *pel_rule_doubt(pel_rule rule)
{
    static const char *const doubts[PEL_RULE_COUNT] = {
#define X(id, text) [PEL_RULE_##id] = text,
#include <pelorus/tables/rule_doubts.def>
#undef X
    };
    return known(rule) ? doubts[rule] : NULL;
}

pel_verdict pel_verdict_of(pel_rule rule, pel_place where, uint64_t found, uint64_t limit)
{
    return (pel_verdict){ .status = rules[rule].status,
                          .rule = rule,
                          .stage = rules[rule].stage,
                          .certainty = rules[rule].certainty,
                          .where = where,
                          .found = found,
                          .limit = limit };
}

pel_verdict pel_verdict_optional(const pel_image *img, pel_rule rule, const char *field,
                                 uint64_t found, uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(img, &pel_optional_header_schema, 0, field), found,
                          limit);
}

pel_verdict pel_verdict_relocs(const pel_image *img, pel_rule rule, const char *field,
                               uint64_t found, uint64_t limit)
{
    pel_place where = pel_image_place(img, &pel_data_directory_schema, PEL_DIR_BASERELOC, field);
    return pel_verdict_of(rule, where, found, limit);
}

pel_verdict pel_rule_verdict(pel_rule rule)
{
    pel_rule safe = known(rule) ? rule : PEL_RULE_NONE;
    return pel_verdict_of(safe, (pel_place){ .index = PEL_NO_INDEX }, 0, 0);
}

size_t pel_verdict_format(const pel_verdict *verdict, char *out, size_t size)
{
    pel_shows shows = known(verdict->rule) ? rules[verdict->rule].shows : PEL_SHOWS_NOTHING;
    const char *text = pel_rule_text(verdict->rule);
    if (verdict->rule == PEL_RULE_NONE && !pel_nt_success(verdict->status)) {
        shows = verdict->where.field ? PEL_SHOWS_FOUND : PEL_SHOWS_NOTHING;
        text = pel_ntstatus_text(verdict->status);
    }
    return pel_remark_format(&verdict->where, shows, verdict->found, verdict->limit, text, out,
                             size);
}

uint32_t pel_verdict_win32(const pel_verdict *verdict)
{
    return pel_ntstatus_to_win32(verdict->status);
}

const pel_load_options *pel_load_options_or_default(const pel_load_options *options)
{
    static const pel_load_options defaults = { .windows = PEL_WINDOWS_11 };
    return options ? options : &defaults;
}
