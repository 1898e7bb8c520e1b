/* SPDX-License-Identifier: Apache-2.0 */
/* What NtQuerySection tells of an image section. Source of each field: docs/loading.md, "Section
 * information". */
#include "base/reader.h"
#include "load/load_priv.h"

/* The few fields of IMAGE_COR20_HEADER that decide how the image is treated. */
#define COR20_SIZE           20 /* up to and with Flags */
#define COR20_MAJOR_AT       4
#define COR20_MINOR_AT       6
#define COR20_FLAGS_AT       16
#define COR20_ILONLY         0x1u
#define COR20_32BITREQUIRED  0x2u
#define COR20_32BITPREFERRED 0x20000u

static bool has_clr(const pel_image *img)
{
    pel_data_directory d = pel_image_directory(img, PEL_DIR_COM_DESCRIPTOR);
    return d.address != 0 && d.size != 0;
}

bool pel_image_has_relocs(const pel_image *img)
{
    pel_data_directory d = pel_image_directory(img, PEL_DIR_BASERELOC);
    const pel_file_header *file = pel_image_file_header(img);
    return file && !(file->flags & PEL_FILE_RELOCS_STRIPPED) && d.address != 0 && d.size != 0;
}

bool pel_image_moves_in_kernel(const pel_image *img, pel_windows windows)
{
    const pel_optional_header *o = pel_image_optional_header(img);
    return o && windows != PEL_WINDOWS_XP && (o->dll_flags & PEL_DLL_DYNAMIC_BASE) &&
           !pel_image_is_flat(img) && pel_image_has_relocs(img);
}

/* Corkami has flat images that are relocated on XP and 7; Wine, and what its tests can tell of
 * later versions, says that they are not. */
bool pel_image_can_relocate(const pel_image *img, pel_windows windows)
{
    bool flat_too = windows == PEL_WINDOWS_XP || windows == PEL_WINDOWS_7;
    return pel_image_has_relocs(img) && (flat_too || !pel_image_is_flat(img));
}

static uint8_t clr_flags(const pel_image *img)
{
    uint8_t raw[COR20_SIZE];
    pel_rva at = { pel_image_directory(img, PEL_DIR_COM_DESCRIPTOR).address };
    /* A directory that leads nowhere is no error: the image is then no CLR image. */
    if (!has_clr(img) || pel_image_read(img, at, raw, sizeof raw) != PEL_OK)
        return 0;
    pel_span header = { raw, sizeof raw };
    uint64_t major = pel_span_uint(header, COR20_MAJOR_AT, 2);
    uint64_t minor = pel_span_uint(header, COR20_MINOR_AT, 2);
    uint64_t flags = pel_span_uint(header, COR20_FLAGS_AT, 4);
    bool new_enough = major > 2 || (major == 2 && minor >= 5);
    if (!(flags & COR20_ILONLY) || !new_enough)
        return 0;
    uint8_t out = PEL_INFO_ComPlusILOnly;
    if (pel_image_is_wide(img))
        return out;
    if (!(flags & COR20_32BITREQUIRED))
        out |= PEL_INFO_ComPlusNativeReady;
    if (flags & COR20_32BITPREFERRED)
        out |= PEL_INFO_ComPlusPrefer32bit;
    return out;
}

static bool has_executable_section(const pel_image *img)
{
    for (uint32_t i = 0; i < pel_image_section_count(img); i++)
        if (pel_image_section(img, i)->header.flags & PEL_SCN_MEM_EXECUTE)
            return true;
    return false;
}

static bool is_windows_10(const pel_load_options *options)
{
    return options->windows == PEL_WINDOWS_11 || options->windows == PEL_WINDOWS_10;
}

bool pel_image_contains_code(const pel_image *img, const pel_load_options *options)
{
    const pel_optional_header *o = pel_image_optional_header(img);
    if (o->size_of_code != 0 || o->entry_point.v != 0)
        return true;
    return is_windows_10(options) && (pel_image_is_flat(img) || has_executable_section(img));
}

/* The byte of ImageFlags is a spare one in Windows XP, and the last of the flags came with Windows
 * 8. */
static uint8_t known_flags(pel_windows windows)
{
    if (windows == PEL_WINDOWS_XP)
        return 0;
    return windows == PEL_WINDOWS_7 ? (uint8_t)~PEL_INFO_ComPlusPrefer32bit : 0xff;
}

static uint8_t image_flags(const pel_image *img, const pel_load_options *options, bool code)
{
    const pel_optional_header *o = pel_image_optional_header(img);
    bool flat = pel_image_is_flat(img);
    uint8_t flags = clr_flags(img);
    if (flat)
        flags |= PEL_INFO_ImageMappedFlat;
    else if ((o->dll_flags & PEL_DLL_DYNAMIC_BASE) && !has_clr(img) &&
             (code || pel_image_has_relocs(img)))
        flags |= PEL_INFO_ImageDynamicallyRelocated;
    return flags & known_flags(options->windows);
}

/* UEFI has no sections to ask. */
static bool has_section(const pel_image *image, const pel_load_options *options)
{
    return options->windows != PEL_WINDOWS_UEFI && pel_check(image, options).rule == PEL_RULE_NONE;
}

pel_status pel_image_section_information(const pel_image *image, const pel_load_options *options,
                                         pel_section_image_information *out)
{
    *out = (pel_section_image_information){ .zero_bits = 0 };
    const pel_load_options *opts = pel_load_options_or_default(options);
    if (!has_section(image, opts))
        return PEL_REFUSED;
    const pel_file_header *f = pel_image_file_header(image);
    const pel_optional_header *o = pel_image_optional_header(image);
    bool code = pel_image_contains_code(image, opts);
    bool os_version = is_windows_10(opts);
    *out = (pel_section_image_information){
        .transfer_address = pel_va_of(o->image_base, o->entry_point),
        .max_stack_size = o->stack_reserve,
        .committed_stack = o->stack_commit,
        .subsystem = o->subsystem,
        .subsystem_minor = o->subsystem_minor,
        .subsystem_major = o->subsystem_major,
        .os_major = os_version ? o->os_major : 0,
        .os_minor = os_version ? o->os_minor : 0,
        .file_flags = f->flags,
        .dll_flags = o->dll_flags,
        .machine = f->machine,
        .contains_code = code,
        .image_flags = image_flags(image, opts, code),
        .loader_flags = has_clr(image),
        .image_file_size = (uint32_t)pel_image_bytes(image).size,
        .checksum = opts->windows == PEL_WINDOWS_XP ? 0 : o->checksum,
    };
    return PEL_OK;
}

pel_status pel_image_section_basic(const pel_image *image, const pel_load_options *options,
                                   pel_section_basic_information *out)
{
    *out = (pel_section_basic_information){ .size = 0 };
    if (!has_section(image, pel_load_options_or_default(options)))
        return PEL_REFUSED;
    out->attributes = PEL_SEC_IMAGE | PEL_SEC_FILE;
    out->size = pel_image_view_size(image);
    return PEL_OK;
}
