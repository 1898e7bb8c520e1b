/* SPDX-License-Identifier: Apache-2.0 */
/* The machine, and the optional header that goes with it. */
#include "load/check_priv.h"

static bool host_runs(const pel_subject *s, bool wide)
{
    uint16_t machine = s->file->machine;
    pel_windows windows = s->options->windows;
    bool i386 = machine == PEL_MACHINE_I386 && !wide;
    bool amd64 = machine == PEL_MACHINE_AMD64 && wide;
    bool armnt = machine == PEL_MACHINE_ARMNT && !wide;
    switch (s->options->host) {
    case PEL_HOST_X86: return i386;
    case PEL_HOST_X64: return i386 || amd64 || (armnt && windows == PEL_WINDOWS_8);
    case PEL_HOST_ARM64:
        return i386 || armnt || (machine == PEL_MACHINE_ARM64 && wide) ||
               (amd64 && windows == PEL_WINDOWS_11);
    }
    return false;
}

/* ROM images have a header of their own, which has its Magic at the same place. */
static pel_verdict refuse_optional_magic(const pel_subject *s)
{
    const pel_rom_header *rom = pel_image_rom_header(s->img);
    uint64_t other = s->optional ? s->optional->magic : 0;
    const pel_schema *schema = rom ? &pel_rom_header_schema : &pel_optional_header_schema;
    return pel_verdict_of(PEL_RULE_BAD_MAGIC, pel_image_place(s->img, schema, 0, "Magic"),
                          rom ? rom->magic : other, 0);
}

/* The directories belong to the header that Windows reads, whether they are used or not. A 64-bit
 * Windows reads the longer header, whichever it is, and so does every one since 8. Windows XP reads
 * a page that is zero behind the end of the file. */
static uint64_t header_read(const pel_subject *s)
{
    bool longer = s->options->host != PEL_HOST_X86 || s->options->windows != PEL_WINDOWS_7 ||
                  pel_image_is_wide(s->img);
    return pel_schema_wire_size(&pel_optional_header_schema, longer) + PEL_DIR_COUNT * 8;
}

static pel_verdict check_length(const pel_subject *s)
{
    uint64_t at = pel_image_place(s->img, &pel_optional_header_schema, 0, NULL).offset.v;
    uint64_t wanted = header_read(s);
    if (pel_asks(s, PEL_RULE_OPTIONAL_CUT) && !pel_span_has(s->bytes, at, wanted))
        return pel_about_optional(s, PEL_RULE_OPTIONAL_CUT, NULL, s->bytes.size, at + wanted);
    return pel_fine();
}

pel_verdict pel_check_machine(const pel_subject *s)
{
    pel_image_kind kind = pel_image_get_kind(s->img);
    if (kind != PEL_IMAGE_PE32 && kind != PEL_IMAGE_PE32PLUS)
        return refuse_optional_magic(s);
    bool wide = kind == PEL_IMAGE_PE32PLUS;
    if (wide && s->options->host == PEL_HOST_X86)
        return pel_about_optional(s, PEL_RULE_WIN64, "Magic", s->optional->magic, 0);
    if (!host_runs(s, wide))
        return pel_about_file(s, PEL_RULE_MACHINE, "Machine", s->file->machine, 0);
    return check_length(s);
}

pel_verdict pel_check_arm(const pel_subject *s)
{
    const pel_optional_header *o = s->optional;
    if (s->file->machine != PEL_MACHINE_ARMNT && s->file->machine != PEL_MACHINE_ARM64)
        return pel_fine();
    if (pel_image_is_flat(s->img))
        return pel_about_optional(s, PEL_RULE_ARM_ALIGNMENT, "SectionAlignment",
                                  o->section_alignment, 0);
    if (!(o->dll_flags & PEL_DLL_NX_COMPAT))
        return pel_about_optional(s, PEL_RULE_ARM_NX, "DllCharacteristics", o->dll_flags, 0);
    if (!(o->dll_flags & PEL_DLL_DYNAMIC_BASE))
        return pel_about_optional(s, PEL_RULE_ARM_DYNAMIC_BASE, "DllCharacteristics", o->dll_flags,
                                  0);
    return pel_fine();
}
