/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CHECK_PRIV_H
#define PEL_CHECK_PRIV_H

/* What the groups of rules share. Each group looks at the file in the order of Windows and gives
 * the first rule that is broken, or PEL_RULE_NONE. */
#include "load/load_priv.h"

/** The file that is judged. A header that it does not have is NULL. */
typedef struct pel_subject {
    const pel_image *img;
    const pel_load_options *options;
    pel_span bytes;
    const pel_dos_header *dos;
    const pel_file_header *file;
    const pel_optional_header *optional;
} pel_subject;

/** True when the Windows that is asked has this rule. */
static inline bool pel_asks(const pel_subject *s, pel_rule rule)
{
    return pel_rule_holds(rule, s->options->windows);
}

static inline pel_verdict pel_fine(void) { return pel_rule_verdict(PEL_RULE_NONE); }

static inline bool pel_passed(const pel_verdict *v) { return v->rule == PEL_RULE_NONE; }

/* The verdict that `rule` is broken: by the file as a whole, or by a field of a header. */

pel_verdict pel_about_whole(pel_rule rule, uint64_t found, uint64_t limit);
pel_verdict pel_about_dos(const pel_subject *s, pel_rule rule, const char *field, uint64_t found,
                          uint64_t limit);
pel_verdict pel_about_file(const pel_subject *s, pel_rule rule, const char *field, uint64_t found,
                           uint64_t limit);
pel_verdict pel_about_optional(const pel_subject *s, pel_rule rule, const char *field,
                               uint64_t found, uint64_t limit);
pel_verdict pel_about_section(const pel_subject *s, pel_rule rule, uint32_t index,
                              const char *field, uint64_t found, uint64_t limit);

/* ---- the groups, in the order in which they are asked ------------------- */

/** The DOS header, and whether there is room for an NT header. */
pel_verdict pel_check_dos(const pel_subject *s);
/** The signature: PE, or which system else. */
pel_verdict pel_check_signature(const pel_subject *s);
/** Magic and Machine, and the size of the optional header. From here on there is one. */
pel_verdict pel_check_machine(const pel_subject *s);
/** What images for ARM must have. */
pel_verdict pel_check_arm(const pel_subject *s);
/** The image as a whole: SizeOfImage, ImageBase. */
pel_verdict pel_check_image(const pel_subject *s);
/** SectionAlignment and FileAlignment. */
pel_verdict pel_check_alignment(const pel_subject *s);
/** Number and place of the section headers. */
pel_verdict pel_check_table(const pel_subject *s);
/** Each section. */
pel_verdict pel_check_sections(const pel_subject *s);

/** What a program needs beyond a section. */
pel_verdict pel_check_process(const pel_subject *s);
/** What the loader wants of programs and DLLs. */
pel_verdict pel_check_load(const pel_subject *s);

/** All that UEFI asks. */
pel_verdict pel_check_uefi(const pel_subject *s);

#endif
