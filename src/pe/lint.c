/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities that reading did not trip over. What Windows thinks of them is the
 * business of src/load/check_*.c; here they are only told. */
#include "pe/image_priv.h"

static pel_status about_optional(pel_image *img, pel_diag_code code, const char *field,
                                 uint64_t found_value, uint64_t limit)
{
    return pel_image_remark(img, code, &pel_optional_header_schema, 0, field, found_value, limit);
}

static pel_status about_section(pel_image *img, pel_diag_code code, uint32_t index,
                                const char *field, uint64_t found_value, uint64_t limit)
{
    return pel_image_remark(img, code, &pel_section_header_schema, index, field, found_value,
                            limit);
}

/* ---- headers ----------------------------------------------------------- */

static bool is_64_bit(uint16_t machine)
{
    switch (machine) {
    case PEL_MACHINE_AMD64:
    case PEL_MACHINE_ARM64:
    case PEL_MACHINE_IA64:
    case PEL_MACHINE_ALPHA64:
    case PEL_MACHINE_RISCV64:
    case PEL_MACHINE_RISCV128:
    case PEL_MACHINE_LOONGARCH64:
    case PEL_MACHINE_EBC: return true;
    default: return false;
    }
}

static pel_status lint_machine(pel_image *img)
{
    uint16_t machine = img->file.machine;
    if (!pel_names_find(&pel_names_machine, machine))
        return pel_image_remark(img, PEL_DIAG_UNKNOWN_MACHINE, &pel_file_header_schema, 0,
                                "Machine", machine, 0);
    /* EFI byte code comes in both forms. */
    bool fits = machine == PEL_MACHINE_EBC || is_64_bit(machine) == pel_image_is_wide(img);
    return fits ? PEL_OK
                : pel_image_remark(img, PEL_DIAG_MACHINE_MAGIC, &pel_file_header_schema, 0,
                                   "Machine", machine, img->optional.magic);
}

static pel_status lint_alignment(pel_image *img)
{
    const pel_optional_header *o = &img->optional;
    if (!pel_is_power_of_two(o->section_alignment))
        PEL_TRY(about_optional(img, PEL_DIAG_ALIGNMENT_INVALID, "SectionAlignment",
                               o->section_alignment, 0));
    if (!pel_is_power_of_two(o->file_alignment))
        PEL_TRY(
            about_optional(img, PEL_DIAG_ALIGNMENT_INVALID, "FileAlignment", o->file_alignment, 0));
    if (o->file_alignment > o->section_alignment)
        PEL_TRY(about_optional(img, PEL_DIAG_ALIGNMENT_ORDER, "FileAlignment", o->file_alignment,
                               o->section_alignment));
    if (pel_image_is_flat(img))
        PEL_TRY(about_optional(img, PEL_DIAG_ALIGNMENT_FLAT, "SectionAlignment",
                               o->section_alignment, 0));
    return PEL_OK;
}

static pel_status lint_sizes(pel_image *img)
{
    const pel_optional_header *o = &img->optional;
    if (o->image_base.v % PEL_GRANULARITY != 0)
        PEL_TRY(
            about_optional(img, PEL_DIAG_IMAGE_BASE_UNALIGNED, "ImageBase", o->image_base.v, 0));
    if (o->size_of_image == 0)
        PEL_TRY(about_optional(img, PEL_DIAG_IMAGE_SIZE_ZERO, "SizeOfImage", 0, 0));
    else if (o->section_alignment && o->size_of_image % o->section_alignment != 0)
        PEL_TRY(about_optional(img, PEL_DIAG_IMAGE_SIZE_UNALIGNED, "SizeOfImage", o->size_of_image,
                               o->section_alignment));
    if (o->size_of_headers < pel_image_headers_end(img).v)
        PEL_TRY(about_optional(img, PEL_DIAG_HEADERS_SMALL, "SizeOfHeaders", o->size_of_headers,
                               pel_image_headers_end(img).v));
    return PEL_OK;
}

/* In a dump, what is in no section may only be missing. */
static bool is_outside(const pel_image *img, pel_where where)
{
    return where == PEL_WHERE_UNMAPPED ||
           (where == PEL_WHERE_GAP && img->layout == PEL_LAYOUT_FILE);
}

static pel_status lint_entry(pel_image *img)
{
    pel_rva entry = img->optional.entry_point;
    if (entry.v == 0)
        return PEL_OK;
    pel_rva_answer a = pel_image_at_rva(img, entry);
    if (is_outside(img, a.where))
        return about_optional(img, PEL_DIAG_ENTRY_OUTSIDE, "AddressOfEntryPoint", entry.v, 0);
    bool executable = pel_image_is_flat(img) || a.where == PEL_WHERE_GAP ||
                      (a.section != PEL_NO_INDEX &&
                       (img->sections[a.section].header.flags & PEL_SCN_MEM_EXECUTE));
    return executable ? PEL_OK
                      : about_optional(img, PEL_DIAG_ENTRY_NOT_EXECUTABLE, "AddressOfEntryPoint",
                                       entry.v, 0);
}

static pel_status lint_directories(pel_image *img)
{
    for (uint32_t i = 0; i < img->directory_count; i++) {
        pel_data_directory d = img->directories[i];
        /* Certificates have a file offset; the global pointer may point anywhere. */
        if (d.address == 0 || d.size == 0 || i == PEL_DIR_SECURITY || i == PEL_DIR_GLOBALPTR)
            continue;
        if (is_outside(img, pel_image_at_rva(img, (pel_rva){ d.address }).where))
            PEL_TRY(pel_image_remark(img, PEL_DIAG_DIRECTORY_UNMAPPED, &pel_data_directory_schema,
                                     i, "VirtualAddress", d.address, 0));
    }
    return PEL_OK;
}

/* ---- sections ---------------------------------------------------------- */

static pel_status lint_raw(pel_image *img, uint32_t i)
{
    const pel_section_header *h = &img->sections[i].header;
    uint64_t end = h->raw_offset.v + (uint64_t)h->raw_size;
    uint64_t file = img->bytes.size + pel_image_raw_bias(img);
    if (h->raw_offset.v == 0 || h->raw_size == 0 || img->layout == PEL_LAYOUT_MEMORY)
        return PEL_OK;
    if (end > file)
        PEL_TRY(
            about_section(img, PEL_DIAG_SECTION_PAST_EOF, i, "SizeOfRawData", h->raw_size, file));
    uint32_t alignment = img->optional.file_alignment;
    if (alignment && h->raw_offset.v % alignment != 0)
        PEL_TRY(about_section(img, PEL_DIAG_SECTION_RAW_UNALIGNED, i, "PointerToRawData",
                              h->raw_offset.v, alignment));
    return PEL_OK;
}

static pel_status lint_place(pel_image *img, uint32_t i, uint64_t expected)
{
    const pel_section_header *h = &img->sections[i].header;
    uint32_t alignment = img->optional.section_alignment;
    if (alignment && h->virtual_address.v % alignment != 0)
        PEL_TRY(about_section(img, PEL_DIAG_SECTION_UNALIGNED, i, "VirtualAddress",
                              h->virtual_address.v, alignment));
    else if (i > 0 && h->virtual_address.v > expected)
        PEL_TRY(about_section(img, PEL_DIAG_SECTION_GAP, i, "VirtualAddress", h->virtual_address.v,
                              expected));
    else if (i > 0 && h->virtual_address.v < expected)
        PEL_TRY(about_section(img, PEL_DIAG_SECTION_OVERLAP, i, "VirtualAddress",
                              h->virtual_address.v, expected));
    return PEL_OK;
}

static pel_status lint_section(pel_image *img, uint32_t i, uint64_t expected)
{
    const pel_section_header *h = &img->sections[i].header;
    pel_extent e = pel_image_extent(img, i);
    if (e.size == 0)
        PEL_TRY(about_section(img, PEL_DIAG_SECTION_EMPTY, i, "VirtualSize", 0, 0));
    if (!pel_image_is_flat(img))
        PEL_TRY(lint_place(img, i, expected));
    if (e.start.v + e.span > pel_image_view_size(img) && !pel_image_is_flat(img))
        PEL_TRY(about_section(img, PEL_DIAG_SECTION_PAST_IMAGE, i, "VirtualAddress", e.start.v,
                              pel_image_view_size(img)));
    if ((h->flags & PEL_SCN_MEM_WRITE) && (h->flags & PEL_SCN_MEM_EXECUTE))
        PEL_TRY(about_section(img, PEL_DIAG_SECTION_WRITE_EXECUTE, i, "Characteristics", 0, 0));
    return lint_raw(img, i);
}

/* Where the section after this one has to begin. */
static uint64_t next_start(const pel_image *img, uint32_t i)
{
    pel_extent e = pel_image_extent(img, i);
    uint32_t alignment = img->optional.section_alignment;
    return e.start.v +
           pel_round_up(e.size, pel_is_power_of_two(alignment) ? alignment : PEL_PAGE_SIZE);
}

static pel_status lint_sections(pel_image *img)
{
    uint64_t expected = 0;
    for (uint32_t i = 0; i < img->section_count; i++) {
        PEL_TRY(lint_section(img, i, expected));
        expected = next_start(img, i);
    }
    return PEL_OK;
}

/* ---- the rest ---------------------------------------------------------- */

static pel_status lint_dump(pel_image *img)
{
    uint64_t view = pel_image_view_size(img);
    bool cut = img->layout == PEL_LAYOUT_MEMORY && img->bytes.size < view;
    return cut ? about_optional(img, PEL_DIAG_DUMP_CUT, "SizeOfImage", view, img->bytes.size)
               : PEL_OK;
}

static pel_status lint_overlay(pel_image *img)
{
    pel_foff at;
    pel_span overlay = pel_image_overlay(img, &at);
    pel_place where = {
        .structure = "overlay", .index = PEL_NO_INDEX, .has_offset = true, .offset = at
    };
    return overlay.size ? pel_image_remark_at(img, PEL_DIAG_OVERLAY, where, overlay.size, 0)
                        : PEL_OK;
}

pel_status pel_image_lint(pel_image *img)
{
    if (pel_image_is_object_kind(img->kind))
        return pel_image_lint_object(img);
    bool mappable = img->kind == PEL_IMAGE_PE32 || img->kind == PEL_IMAGE_PE32PLUS;
    if (mappable && img->optional_at.available == img->optional_at.size) {
        PEL_TRY(lint_machine(img));
        PEL_TRY(lint_alignment(img));
        PEL_TRY(lint_sizes(img));
        PEL_TRY(lint_entry(img));
        PEL_TRY(lint_directories(img));
        PEL_TRY(lint_sections(img));
        PEL_TRY(pel_image_lint_directories(img));
        PEL_TRY(lint_dump(img));
        PEL_TRY(pel_image_lint_debug(img));
    }
    return img->kind >= PEL_IMAGE_TE ? lint_overlay(img) : PEL_OK;
}
