/* SPDX-License-Identifier: Apache-2.0 */
/* Before the optional header: the DOS header, and whose signature it is. */
#include "load/check_priv.h"

#include "base/reader.h"

#define DOS_HEADER_SIZE 64
#define NT_HEADER_LEAST 24

/* There is no DOS header to ask: the first bytes are what stands in its place. */
static pel_verdict refuse_magic(const pel_subject *s)
{
    const pel_place where = { .structure = pel_dos_header_schema.key,
                              .index = PEL_NO_INDEX,
                              .field = "e_magic",
                              .has_offset = true };
    return pel_verdict_of(PEL_RULE_NOT_MZ, where, pel_span_uint(s->bytes, 0, 2), 0);
}

pel_verdict pel_check_dos(const pel_subject *s)
{
    if (s->bytes.size == 0)
        return pel_about_whole(PEL_RULE_FILE_EMPTY, 0, 0);
    if (!s->dos || s->bytes.size < DOS_HEADER_SIZE)
        return refuse_magic(s);
    uint64_t at = s->dos->nt_header.v;
    if (!pel_span_has(s->bytes, at, NT_HEADER_LEAST))
        return pel_about_dos(s, PEL_RULE_NT_PAST_EOF, "e_lfanew", at, s->bytes.size);
    return pel_fine();
}

/* ne_exetyp of the NE header tells the system that a program is for. */
#define NE_EXETYP_AT      0x36
#define NE_EXETYP_WINDOWS 2
#define NE_EXETYP_DOS4    5

static pel_verdict refuse_ne(const pel_subject *s)
{
    uint64_t at = s->dos->nt_header.v + NE_EXETYP_AT;
    uint64_t system = pel_span_uint(s->bytes, at, 1);
    pel_place where = { .structure = "ne_header",
                        .index = PEL_NO_INDEX,
                        .field = "ne_exetyp",
                        .has_offset = pel_span_has(s->bytes, at, 1),
                        .offset = { at } };
    pel_rule rule = system == NE_EXETYP_WINDOWS ? PEL_RULE_NE_WIN16
                    : system == NE_EXETYP_DOS4  ? PEL_RULE_NE_DOS4
                                                : PEL_RULE_NE_OTHER;
    return pel_verdict_of(rule, where, system, 0);
}

pel_verdict pel_check_signature(const pel_subject *s)
{
    if (pel_image_get_kind(s->img) == PEL_IMAGE_NE)
        return refuse_ne(s);
    uint32_t signature;
    pel_place where = { .structure = "nt_signature", .index = PEL_NO_INDEX };
    where.has_offset = pel_image_nt_signature(s->img, &signature, &where.offset);
    if (!pel_image_is_pe(s->img))
        return pel_verdict_of(PEL_RULE_NOT_PE, where, signature, 0);
    if (s->dos->nt_header.v % 4 != 0)
        return pel_about_dos(s, PEL_RULE_NT_UNALIGNED, "e_lfanew", s->dos->nt_header.v, 0);
    return pel_fine();
}
