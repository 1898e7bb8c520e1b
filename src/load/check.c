/* SPDX-License-Identifier: Apache-2.0 */
/* Would Windows make an image section of it? The checks of NtCreateSection, in
 * their order; the first that fails is the answer. Each rule's source stands in
 * docs/loading.md under the rule's name. */
#include "load/load_priv.h"

#include "base/reader.h"

typedef struct subject {
    const pel_image *img;
    const pel_load_options *options;
    pel_span bytes;
    const pel_dos_header *dos;
    const pel_file_header *file;
    const pel_optional_header *optional;
} subject;

static pel_verdict fine(void) { return pel_rule_verdict(PEL_RULE_NONE); }

static bool passed(const pel_verdict *v) { return v->rule == PEL_RULE_NONE; }

static pel_verdict whole_file(pel_rule rule, uint64_t found, uint64_t limit)
{
    return pel_verdict_of(rule, (pel_place){ .index = PEL_NO_INDEX }, found, limit);
}

static pel_verdict about_dos(const subject *s, pel_rule rule, const char *field, uint64_t found,
                             uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_dos_header_schema, 0, field), found,
                          limit);
}

static pel_verdict about_file(const subject *s, pel_rule rule, const char *field, uint64_t found,
                              uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_file_header_schema, 0, field), found,
                          limit);
}

static pel_verdict about_section(const subject *s, pel_rule rule, uint32_t index, const char *field,
                                 uint64_t found, uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_section_header_schema, index, field),
                          found, limit);
}

static pel_verdict about_optional(const subject *s, pel_rule rule, const char *field,
                                  uint64_t found, uint64_t limit)
{
    return pel_verdict_optional(s->img, rule, field, found, limit);
}

/* ---- before the NT header ---------------------------------------------- */

#define DOS_HEADER_SIZE 64
#define NT_HEADER_LEAST 24

/* There is no DOS header to ask: the first bytes are what stands in its place. */
static pel_verdict refuse_magic(const subject *s)
{
    const pel_place where = { .structure = pel_dos_header_schema.key,
                              .index = PEL_NO_INDEX,
                              .field = "e_magic",
                              .has_offset = true };
    return pel_verdict_of(PEL_RULE_NOT_MZ, where, pel_span_uint(s->bytes, 0, 2), 0);
}

static pel_verdict check_dos(const subject *s)
{
    if (s->bytes.size == 0)
        return whole_file(PEL_RULE_FILE_EMPTY, 0, 0);
    if (!s->dos || s->bytes.size < DOS_HEADER_SIZE)
        return refuse_magic(s);
    uint64_t at = s->dos->nt_header.v;
    if (!pel_span_has(s->bytes, at, NT_HEADER_LEAST))
        return about_dos(s, PEL_RULE_NT_PAST_EOF, "e_lfanew", at, s->bytes.size);
    return fine();
}

/* ne_exetyp of the NE header tells the system that a program is for. */
#define NE_EXETYP_AT      0x36
#define NE_EXETYP_WINDOWS 2
#define NE_EXETYP_DOS4    5

static pel_verdict refuse_ne(const subject *s)
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

static pel_verdict check_signature(const subject *s)
{
    if (pel_image_get_kind(s->img) == PEL_IMAGE_NE)
        return refuse_ne(s);
    uint32_t signature;
    pel_place where = { .structure = "nt_signature", .index = PEL_NO_INDEX };
    where.has_offset = pel_image_nt_signature(s->img, &signature, &where.offset);
    if (!pel_image_is_pe(s->img))
        return pel_verdict_of(PEL_RULE_NOT_PE, where, signature, 0);
    if (s->dos->nt_header.v % 4 != 0)
        return about_dos(s, PEL_RULE_NT_UNALIGNED, "e_lfanew", s->dos->nt_header.v, 0);
    return fine();
}

/* ---- machine ----------------------------------------------------------- */

static bool host_runs(const subject *s, bool wide)
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
static pel_verdict refuse_optional_magic(const subject *s)
{
    const pel_rom_header *rom = pel_image_rom_header(s->img);
    uint64_t other = s->optional ? s->optional->magic : 0;
    const pel_schema *schema = rom ? &pel_rom_header_schema : &pel_optional_header_schema;
    return pel_verdict_of(PEL_RULE_BAD_MAGIC, pel_image_place(s->img, schema, 0, "Magic"),
                          rom ? rom->magic : other, 0);
}

static pel_verdict check_machine(const subject *s)
{
    pel_image_kind kind = pel_image_get_kind(s->img);
    const pel_structure none = { .size = 0 };
    pel_structure at = none;
    pel_image_structure(s->img, &pel_optional_header_schema, 0, &at);
    if (kind != PEL_IMAGE_PE32 && kind != PEL_IMAGE_PE32PLUS)
        return refuse_optional_magic(s);
    bool wide = kind == PEL_IMAGE_PE32PLUS;
    if (wide && s->options->host == PEL_HOST_X86)
        return about_optional(s, PEL_RULE_WIN64, "Magic", s->optional->magic, 0);
    if (!host_runs(s, wide))
        return about_file(s, PEL_RULE_MACHINE, "Machine", s->file->machine, 0);
    /* The directories belong to the header that Windows reads, whether they are used or not. */
    uint64_t wanted = at.size + PEL_DIR_COUNT * 8;
    if (!pel_span_has(s->bytes, at.offset.v, wanted))
        return about_optional(s, PEL_RULE_OPTIONAL_CUT, NULL, s->bytes.size, at.offset.v + wanted);
    return fine();
}

static pel_verdict check_arm(const subject *s)
{
    const pel_optional_header *o = s->optional;
    if (s->file->machine != PEL_MACHINE_ARMNT && s->file->machine != PEL_MACHINE_ARM64)
        return fine();
    if (pel_image_is_flat(s->img))
        return about_optional(s, PEL_RULE_ARM_ALIGNMENT, "SectionAlignment", o->section_alignment,
                              0);
    if (!(o->dll_flags & PEL_DLL_NX_COMPAT))
        return about_optional(s, PEL_RULE_ARM_NX, "DllCharacteristics", o->dll_flags, 0);
    if (!(o->dll_flags & PEL_DLL_DYNAMIC_BASE))
        return about_optional(s, PEL_RULE_ARM_DYNAMIC_BASE, "DllCharacteristics", o->dll_flags, 0);
    return fine();
}

/* ---- sizes and alignments ---------------------------------------------- */

#define TINY_FILE 268 /* the size that Windows 10 1809 is known to refuse */

static pel_verdict check_image(const subject *s)
{
    const pel_optional_header *o = s->optional;
    bool recent = s->options->windows == PEL_WINDOWS_11 || s->options->windows == PEL_WINDOWS_10;
    if (recent && pel_image_is_flat(s->img) && s->bytes.size <= TINY_FILE)
        return whole_file(PEL_RULE_TINY_FILE, s->bytes.size, TINY_FILE);
    if (o->size_of_image == 0)
        return about_optional(s, PEL_RULE_IMAGE_SIZE_ZERO, "SizeOfImage", 0, 0);
    if (o->image_base.v % PEL_GRANULARITY != 0)
        return about_optional(s, PEL_RULE_IMAGE_BASE, "ImageBase", o->image_base.v, 0);
    return fine();
}

static pel_verdict check_alignment(const subject *s)
{
    uint32_t section = s->optional->section_alignment, file = s->optional->file_alignment;
    if (pel_image_is_flat(s->img) && file != section)
        return about_optional(s, PEL_RULE_ALIGNMENT_FLAT, "FileAlignment", file, section);
    if (!pel_is_power_of_two(section))
        return about_optional(s, PEL_RULE_SECTION_ALIGNMENT, "SectionAlignment", section, 0);
    if (!pel_is_power_of_two(file))
        return about_optional(s, PEL_RULE_FILE_ALIGNMENT, "FileAlignment", file, 0);
    if (file > section)
        return about_optional(s, PEL_RULE_ALIGNMENT_ORDER, "FileAlignment", file, section);
    return fine();
}

/* ---- sections ---------------------------------------------------------- */

#define OLD_SECTION_LIMIT 96

static pel_verdict check_table(const subject *s)
{
    uint32_t count = s->file->section_count;
    uint64_t end = pel_image_headers_end(s->img).v;
    if (s->options->windows == PEL_WINDOWS_XP && count > OLD_SECTION_LIMIT)
        return about_file(s, PEL_RULE_SECTION_COUNT, "NumberOfSections", count, OLD_SECTION_LIMIT);
    if (count == 0 && !pel_image_is_flat(s->img))
        return about_file(s, PEL_RULE_NO_SECTIONS, "NumberOfSections", 0, 0);
    if (pel_image_section_count(s->img) < count)
        return about_file(s, PEL_RULE_TABLE_PAST_EOF, "NumberOfSections", count,
                          pel_image_section_count(s->img));
    if (count > 0 && end > pel_image_view_size(s->img))
        return about_optional(s, PEL_RULE_TABLE_PAST_IMAGE, "SizeOfImage",
                              s->optional->size_of_image, end);
    return fine();
}

static pel_verdict check_raw(const subject *s, uint32_t i, const pel_section_header *h,
                             const pel_extent *e)
{
    if (h->raw_offset.v + h->raw_size > UINT32_MAX)
        return about_section(s, PEL_RULE_SECTION_RAW_WRAPS, i, "SizeOfRawData", h->raw_size,
                             UINT32_MAX - h->raw_offset.v);
    uint64_t file_end = pel_round_up(s->bytes.size, PEL_SECTOR_SIZE);
    if (e->raw_wanted > 0 && e->raw_start.v + e->raw_wanted > file_end)
        return about_section(s, PEL_RULE_SECTION_PAST_EOF, i, "SizeOfRawData", h->raw_size,
                             s->bytes.size);
    return fine();
}

static pel_verdict check_flat_section(const subject *s, uint32_t i, const pel_section_header *h)
{
    if (h->virtual_address.v != h->raw_offset.v)
        return about_section(s, PEL_RULE_FLAT_ADDRESS, i, "VirtualAddress", h->virtual_address.v,
                             h->raw_offset.v);
    if (h->virtual_size > h->raw_size)
        return about_section(s, PEL_RULE_FLAT_SIZE, i, "VirtualSize", h->virtual_size, h->raw_size);
    return fine();
}

static pel_verdict check_section(const subject *s, uint32_t i, uint64_t expected)
{
    const pel_section_header *h = &pel_image_section(s->img, i)->header;
    pel_extent e = pel_image_extent(s->img, i);
    uint64_t view = pel_image_view_size(s->img);
    if (e.size == 0)
        return about_section(s, PEL_RULE_SECTION_EMPTY, i, "VirtualSize", 0, 0);
    if (h->virtual_address.v % s->optional->section_alignment != 0)
        return about_section(s, PEL_RULE_SECTION_UNALIGNED, i, "VirtualAddress",
                             h->virtual_address.v, s->optional->section_alignment);
    if (h->virtual_address.v != expected)
        return about_section(s, PEL_RULE_SECTION_CONTIGUOUS, i, "VirtualAddress",
                             h->virtual_address.v, expected);
    if (e.start.v + e.span > view)
        return about_section(s, PEL_RULE_SECTION_PAST_IMAGE, i, "VirtualAddress",
                             e.start.v + e.span, view);
    return check_raw(s, i, h, &e);
}

/* The first section follows the headers. SizeOfHeaders 0 counts as what the headers need. */
static uint64_t first_start(const subject *s)
{
    uint64_t size = s->optional->size_of_headers;
    if (size == 0)
        size = pel_image_headers_end(s->img).v;
    return pel_round_up(size, s->optional->section_alignment);
}

static pel_verdict check_sections(const subject *s)
{
    bool flat = pel_image_is_flat(s->img);
    uint64_t expected = first_start(s);
    pel_verdict v = fine();
    for (uint32_t i = 0; i < pel_image_section_count(s->img) && passed(&v); i++) {
        pel_extent e = pel_image_extent(s->img, i);
        v = flat ? check_flat_section(s, i, &pel_image_section(s->img, i)->header)
                 : check_section(s, i, expected);
        expected = e.start.v + pel_round_up(e.size, s->optional->section_alignment);
    }
    return v;
}

/* ---- all of them ------------------------------------------------------- */

static pel_verdict (*const checks[])(const subject *s) = {
    check_dos,   check_signature, check_machine, check_arm,
    check_image, check_alignment, check_table,   check_sections,
};

pel_verdict pel_check(const pel_image *image, const pel_load_options *options)
{
    subject s = { .img = image,
                  .options = pel_load_options_or_default(options),
                  .bytes = pel_image_bytes(image),
                  .dos = pel_image_dos_header(image),
                  .file = pel_image_file_header(image),
                  .optional = pel_image_optional_header(image) };
    pel_verdict v = fine();
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && passed(&v); i++)
        v = checks[i](&s);
    return v;
}
