/* SPDX-License-Identifier: Apache-2.0 */
/* What UEFI asks of an image: PeCoffLoaderGetImageInfo, LoadImage and PeCoffLoaderLoadImage of
 * EDK2, in their order. It rounds nothing and takes the file by its bytes: no sectors, no pages, no
 * flat images. */
#include "base/reader.h"
#include "load/check_priv.h"

#define DOS_HEADER_SIZE    64
#define HEADERS_READ       264 /* what is read at once: the longest of the headers, that of PE32+ */
#define TE_HEADER_SIZE     40
#define SECTION_HEADER     40
#define SIGNATURE_AND_COFF 24

static bool is_te(const pel_subject *s) { return pel_image_get_kind(s->img) == PEL_IMAGE_TE; }

static pel_verdict about_te(const pel_subject *s, pel_rule rule, const char *field, uint64_t found,
                            uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_te_header_schema, 0, field), found,
                          limit);
}

static pel_verdict about_directory(const pel_subject *s, pel_rule rule, uint32_t index,
                                   const char *field, uint64_t found, uint64_t limit)
{
    return pel_verdict_of(rule, pel_image_place(s->img, &pel_data_directory_schema, index, field),
                          found, limit);
}

/* ---- which headers ----------------------------------------------------- */

static pel_verdict refuse_signature(const pel_subject *s)
{
    uint64_t at = s->dos ? s->dos->nt_header.v : 0;
    const pel_place where = { .structure = s->dos ? "nt_signature" : pel_dos_header_schema.key,
                              .index = PEL_NO_INDEX,
                              .field = s->dos ? NULL : "e_magic",
                              .has_offset = pel_span_has(s->bytes, at, 1),
                              .offset = { at } };
    return pel_verdict_of(PEL_RULE_UEFI_SIGNATURE, where,
                          pel_span_uint(s->bytes, at, s->dos ? 4 : 2), 0);
}

static pel_verdict check_headers(const pel_subject *s)
{
    uint64_t at = s->dos ? s->dos->nt_header.v : 0;
    if (!pel_span_has(s->bytes, 0, DOS_HEADER_SIZE))
        return pel_about_whole(PEL_RULE_UEFI_FILE, s->bytes.size, DOS_HEADER_SIZE);
    if (!pel_span_has(s->bytes, at, HEADERS_READ))
        return pel_about_whole(PEL_RULE_UEFI_FILE, s->bytes.size, at + HEADERS_READ);
    if (!is_te(s) && !pel_image_is_pe(s->img))
        return refuse_signature(s);
    return pel_fine();
}

/* ---- terse executables ------------------------------------------------- */

/* Bytes that the original headers had beyond those that stand for them. */
static uint64_t stripped(const pel_subject *s)
{
    return is_te(s) ? pel_image_te_header(s->img)->stripped_size - (uint64_t)TE_HEADER_SIZE : 0;
}

static uint64_t headers_size(const pel_subject *s)
{
    return is_te(s) ? pel_image_te_header(s->img)->base_of_code.v - stripped(s)
                    : s->optional->size_of_headers;
}

static pel_verdict check_te_directories(const pel_subject *s)
{
    static const uint32_t indices[] = { PEL_DIR_BASERELOC, PEL_DIR_DEBUG };
    for (size_t i = 0; i < 2; i++) {
        pel_data_directory d = pel_image_directory(s->img, indices[i]);
        if (d.size != 0 && d.address == 0)
            return about_directory(s, PEL_RULE_UEFI_TE_DIRECTORY, indices[i], "Size", d.size, 0);
    }
    return pel_fine();
}

static pel_verdict check_te(const pel_subject *s)
{
    const pel_te_header *te = pel_image_te_header(s->img);
    if (te->stripped_size <= TE_HEADER_SIZE || te->stripped_size >= te->base_of_code.v)
        return about_te(s, PEL_RULE_UEFI_TE_STRIPPED, "StrippedSize", te->stripped_size,
                        te->base_of_code.v);
    if (!pel_span_has(s->bytes, headers_size(s) - 1, 1))
        return about_te(s, PEL_RULE_UEFI_HEADERS_PAST_EOF, "BaseOfCode", headers_size(s),
                        s->bytes.size);
    return check_te_directories(s);
}

/* ---- PE headers -------------------------------------------------------- */

static uint64_t table_start(const pel_subject *s)
{
    return is_te(s)
               ? TE_HEADER_SIZE
               : s->dos->nt_header.v + (uint64_t)SIGNATURE_AND_COFF + s->file->optional_header_size;
}

static pel_verdict check_sizes(const pel_subject *s)
{
    const pel_optional_header *o = s->optional;
    uint64_t table = table_start(s), count = s->file->section_count;
    if (o->size_of_image <= table || (o->size_of_image - table) / SECTION_HEADER <= count)
        return pel_about_optional(s, PEL_RULE_UEFI_TABLE, "SizeOfImage", o->size_of_image,
                                  table + (count + 1) * SECTION_HEADER);
    if (o->size_of_headers <= table || (o->size_of_headers - table) / SECTION_HEADER < count)
        return pel_about_optional(s, PEL_RULE_UEFI_HEADERS, "SizeOfHeaders", o->size_of_headers,
                                  table + count * SECTION_HEADER);
    if (o->size_of_headers >= o->size_of_image)
        return pel_about_optional(s, PEL_RULE_UEFI_HEADERS, "SizeOfHeaders", o->size_of_headers,
                                  o->size_of_image);
    if (!pel_span_has(s->bytes, 0, o->size_of_headers))
        return pel_about_optional(s, PEL_RULE_UEFI_HEADERS_PAST_EOF, "SizeOfHeaders",
                                  o->size_of_headers, s->bytes.size);
    return pel_fine();
}

static pel_verdict check_certificates(const pel_subject *s)
{
    pel_data_directory d = pel_image_directory(s->img, PEL_DIR_SECURITY);
    uint64_t end = (uint64_t)d.address + d.size;
    if (d.size != 0 && (end > UINT32_MAX || !pel_span_has(s->bytes, end - 1, 1)))
        return about_directory(s, PEL_RULE_UEFI_CERTIFICATES, PEL_DIR_SECURITY, "Size", end,
                               s->bytes.size);
    return pel_fine();
}

static pel_verdict check_pe(const pel_subject *s)
{
    pel_image_kind kind = pel_image_get_kind(s->img);
    if (kind != PEL_IMAGE_PE32 && kind != PEL_IMAGE_PE32PLUS) {
        uint64_t at = s->dos->nt_header.v + (uint64_t)SIGNATURE_AND_COFF;
        return pel_about_optional(s, PEL_RULE_UEFI_MAGIC, "Magic", pel_span_uint(s->bytes, at, 2),
                                  0);
    }
    const pel_optional_header *o = s->optional;
    uint64_t fields = pel_schema_wire_size(&pel_optional_header_schema, kind == PEL_IMAGE_PE32PLUS);
    if (o->directory_count > PEL_DIR_COUNT)
        return pel_about_optional(s, PEL_RULE_UEFI_DIRECTORY_COUNT, "NumberOfRvaAndSizes",
                                  o->directory_count, PEL_DIR_COUNT);
    if (s->file->optional_header_size != fields + o->directory_count * 8)
        return pel_about_file(s, PEL_RULE_UEFI_OPTIONAL_SIZE, "SizeOfOptionalHeader",
                              s->file->optional_header_size, fields + o->directory_count * 8);
    pel_verdict v = check_sizes(s);
    return pel_passed(&v) ? check_certificates(s) : v;
}

static pel_verdict check_kind(const pel_subject *s) { return is_te(s) ? check_te(s) : check_pe(s); }

static pel_verdict check_machine(const pel_subject *s)
{
    static const uint16_t machines[] = { [PEL_HOST_X64] = PEL_MACHINE_AMD64,
                                         [PEL_HOST_X86] = PEL_MACHINE_I386,
                                         [PEL_HOST_ARM64] = PEL_MACHINE_ARM64 };
    uint16_t machine = is_te(s) ? pel_image_te_header(s->img)->machine : s->file->machine;
    bool known = (size_t)s->options->host < sizeof machines / sizeof machines[0];
    if ((known && machine == machines[s->options->host]) || machine == PEL_MACHINE_EBC)
        return pel_fine();
    return is_te(s) ? about_te(s, PEL_RULE_UEFI_MACHINE, "Machine", machine, 0)
                    : pel_about_file(s, PEL_RULE_UEFI_MACHINE, "Machine", machine, 0);
}

/* ---- sections ---------------------------------------------------------- */

static pel_verdict check_raw(const pel_subject *s, uint32_t i)
{
    const pel_section_header *h = &pel_image_section(s->img, i)->header;
    uint64_t headers = headers_size(s), raw = h->raw_offset.v - stripped(s);
    uint64_t virtual_address = h->virtual_address.v - stripped(s), end = raw + h->raw_size;
    if (h->raw_size == 0)
        return pel_fine();
    if (h->virtual_address.v < stripped(s) || virtual_address < headers)
        return pel_about_section(s, PEL_RULE_UEFI_SECTION_IN_HEADERS, i, "VirtualAddress",
                                 h->virtual_address.v, headers + stripped(s));
    if (h->raw_offset.v < stripped(s) || raw < headers)
        return pel_about_section(s, PEL_RULE_UEFI_SECTION_IN_HEADERS, i, "PointerToRawData",
                                 h->raw_offset.v, headers + stripped(s));
    if (end > UINT32_MAX || !pel_span_has(s->bytes, end - 1, 1))
        return pel_about_section(s, PEL_RULE_UEFI_SECTION_PAST_EOF, i, "SizeOfRawData", h->raw_size,
                                 s->bytes.size);
    return pel_fine();
}

static pel_verdict check_table(const pel_subject *s)
{
    uint32_t count = pel_image_section_count(s->img);
    uint32_t wanted =
        is_te(s) ? pel_image_te_header(s->img)->section_count : s->file->section_count;
    pel_verdict v = pel_fine();
    for (uint32_t i = 0; i < count && pel_passed(&v); i++)
        v = check_raw(s, i);
    if (!pel_passed(&v) || count == wanted)
        return v;
    return about_te(s, PEL_RULE_UEFI_TABLE_PAST_EOF, "NumberOfSections", wanted, count);
}

/* ---- LoadImage --------------------------------------------------------- */

static pel_verdict about_environment(const pel_subject *s, pel_rule rule, uint64_t subsystem)
{
    return is_te(s) ? about_te(s, rule, "Subsystem", subsystem, 0)
                    : pel_about_optional(s, rule, "Subsystem", subsystem, 0);
}

/* Relocations that are stripped, as EDK2 tells it: of a TE image, when it has no directory. */
static bool is_stripped(const pel_subject *s)
{
    pel_data_directory d = pel_image_directory(s->img, PEL_DIR_BASERELOC);
    return is_te(s) ? d.address == 0 && d.size == 0 : s->file->flags & PEL_FILE_RELOCS_STRIPPED;
}

static pel_verdict check_environment(const pel_subject *s)
{
    uint16_t subsystem = is_te(s) ? pel_image_te_header(s->img)->subsystem : s->optional->subsystem;
    if (subsystem < PEL_SUBSYSTEM_EFI_APPLICATION || subsystem > PEL_SUBSYSTEM_EFI_ROM)
        return about_environment(s, PEL_RULE_UEFI_SUBSYSTEM, subsystem);
    if (subsystem == PEL_SUBSYSTEM_EFI_RUNTIME_DRIVER && is_stripped(s))
        return about_environment(s, PEL_RULE_UEFI_RUNTIME_STRIPPED, subsystem);
    if (!is_te(s) && !pel_is_power_of_two(s->optional->section_alignment))
        return pel_about_optional(s, PEL_RULE_UEFI_ALIGNMENT, "SectionAlignment",
                                  s->optional->section_alignment, 0);
    return pel_fine();
}

/* A TE image has no SizeOfImage: it ends where its last section does. */
static uint64_t image_size(const pel_subject *s)
{
    uint32_t count = pel_image_section_count(s->img);
    if (!is_te(s))
        return s->optional->size_of_image;
    if (count == 0)
        return 0;
    const pel_section_header *last = &pel_image_section(s->img, count - 1)->header;
    return (uint64_t)last->virtual_address.v + last->virtual_size;
}

static pel_verdict check_places(const pel_subject *s)
{
    uint64_t size = image_size(s);
    for (uint32_t i = 0; i < pel_image_section_count(s->img); i++) {
        const pel_section_header *h = &pel_image_section(s->img, i)->header;
        uint64_t end = (uint64_t)h->virtual_address.v + h->virtual_size;
        if (h->raw_size > 0 && (end > size || h->virtual_address.v >= size))
            return pel_about_section(s, PEL_RULE_UEFI_SECTION_PAST_IMAGE, i, "VirtualSize", end,
                                     size);
    }
    return pel_fine();
}

static pel_verdict (*const checks[])(const pel_subject *s) = {
    check_headers, check_kind, check_machine, check_table, check_environment, check_places,
};

pel_verdict pel_check_uefi(const pel_subject *s)
{
    pel_verdict v = pel_fine();
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && pel_passed(&v); i++)
        v = checks[i](s);
    return v;
}
