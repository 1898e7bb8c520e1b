/* SPDX-License-Identifier: Apache-2.0 */
/* Would Windows make an image section of it, and would it start? The checks in their order; the
 * first that fails is the answer. Each rule's source stands in docs/loading.md under the rule's
 * name. */
#include "load/check_priv.h"

pel_verdict pel_about_whole(pel_rule rule, uint64_t found, uint64_t limit)
{
    return pel_verdict_of(rule, (pel_place){ .index = PEL_NO_INDEX }, found, limit);
}

pel_verdict pel_about_dos(const pel_subject *s, pel_rule rule, const char *field, uint64_t found,
                          uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_dos_header_schema, 0, field), found,
                          limit);
}

pel_verdict pel_about_file(const pel_subject *s, pel_rule rule, const char *field, uint64_t found,
                           uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_file_header_schema, 0, field), found,
                          limit);
}

pel_verdict pel_about_optional(const pel_subject *s, pel_rule rule, const char *field,
                               uint64_t found, uint64_t limit)
{
    return pel_verdict_optional(s->img, rule, field, found, limit);
}

pel_verdict pel_about_section(const pel_subject *s, pel_rule rule, uint32_t index,
                              const char *field, uint64_t found, uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_section_header_schema, index, field),
                          found, limit);
}

static pel_verdict (*const section_checks[])(const pel_subject *s) = {
    pel_check_dos,   pel_check_signature, pel_check_machine, pel_check_arm,
    pel_check_image, pel_check_alignment, pel_check_table,   pel_check_sections,
};
static pel_verdict (*const start_checks[])(const pel_subject *s) = { pel_check_process,
                                                                     pel_check_load };

/* The first group in which a rule is broken. */
static pel_verdict ask(const pel_subject *s, pel_verdict (*const groups[])(const pel_subject *),
                       size_t count)
{
    pel_verdict v = pel_fine();
    for (size_t i = 0; i < count && pel_passed(&v); i++)
        v = groups[i](s);
    return v;
}

static pel_subject subject_of(const pel_image *image, const pel_load_options *options)
{
    return (pel_subject){ .img = image,
                          .options = pel_load_options_or_default(options),
                          .bytes = pel_image_bytes(image),
                          .dos = pel_image_dos_header(image),
                          .file = pel_image_file_header(image),
                          .optional = pel_image_optional_header(image) };
}

pel_verdict pel_check(const pel_image *image, const pel_load_options *options)
{
    pel_subject s = subject_of(image, options);
    if (s.options->windows == PEL_WINDOWS_UEFI)
        return pel_check_uefi(&s);
    return ask(&s, section_checks, sizeof section_checks / sizeof section_checks[0]);
}

/* Drivers and native programs are started by the system itself, by rules of its own. */
static bool is_native(const pel_subject *s)
{
    return s->optional->subsystem == PEL_SUBSYSTEM_NATIVE;
}

pel_verdict pel_check_start(const pel_image *image, const pel_load_options *options)
{
    pel_subject s = subject_of(image, options);
    pel_verdict v = pel_check(image, options);
    if (!pel_passed(&v) || s.options->windows == PEL_WINDOWS_UEFI || is_native(&s))
        return v;
    return ask(&s, start_checks, sizeof start_checks / sizeof start_checks[0]);
}
