/* SPDX-License-Identifier: Apache-2.0 */
/* What the recorded loader (Wine 8.0) takes and Windows does not: the conditions, read from the
 * headers once more and apart from pel_check, and the rule by which Windows refuses. Whatever is
 * refused by another rule, or without its condition, is a difference. */
#include "map_record.h"

#include <strings.h>

static const pel_optional_header *optional(const pel_image *image)
{
    return pel_image_optional_header(image);
}

static bool is_flat(const pel_image *image)
{
    return optional(image)->section_alignment % PEL_PAGE_SIZE != 0;
}

static bool section_alignment(const pel_image *image)
{
    return !pel_is_power_of_two(optional(image)->section_alignment);
}

static bool file_alignment(const pel_image *image)
{
    return !pel_is_power_of_two(optional(image)->file_alignment);
}

static bool order(const pel_image *image)
{
    return optional(image)->file_alignment > optional(image)->section_alignment;
}

static bool unequal(const pel_image *image)
{
    return is_flat(image) && optional(image)->file_alignment != optional(image)->section_alignment;
}

static bool image_base(const pel_image *image)
{
    return optional(image)->image_base.v % PEL_GRANULARITY != 0;
}

static const struct {
    const char *rule;
    bool (*holds)(const pel_image *image);
} refusals[] = {
    { "alignment.section", section_alignment },
    { "alignment.file", file_alignment },
    { "alignment.order", order },
    { "alignment.flat", unequal },
    { "optional.image-base", image_base },
};

/* The first section that is empty, unaligned or not where the one before it ends. */
static const char *section_refusal(const pel_image *image)
{
    uint64_t alignment = optional(image)->section_alignment;
    uint64_t next = pel_round_up(optional(image)->size_of_headers, alignment);
    for (uint32_t i = 0; i < pel_image_section_count(image); i++) {
        const pel_section_header *h = &pel_image_section(image, i)->header;
        uint64_t size = h->virtual_size ? h->virtual_size : h->raw_size;
        if (size == 0)
            return "section.empty";
        if (h->virtual_address.v % alignment != 0)
            return "section.alignment";
        if (h->virtual_address.v != next)
            return "section.contiguous";
        next += pel_round_up(size, alignment);
    }
    return NULL;
}

const char *map_rule_of_refusal(const pel_image *image)
{
    if (!optional(image))
        return NULL;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (refusals[i].holds(image))
            return refusals[i].rule;
    return is_flat(image) ? NULL : section_refusal(image);
}

/* ---- starting ------------------------------------------------------------ */

static bool subsystem(const pel_image *image)
{
    return optional(image)->subsystem != PEL_SUBSYSTEM_WINDOWS_GUI &&
           optional(image)->subsystem != PEL_SUBSYSTEM_WINDOWS_CUI;
}

static bool not_executable(const pel_image *image)
{
    return !(pel_image_file_header(image)->flags & PEL_FILE_EXECUTABLE_IMAGE);
}

static unsigned version(const pel_image *image)
{
    return optional(image)->subsystem_major * 100u + optional(image)->subsystem_minor;
}

static bool old_version(const pel_image *image) { return version(image) < 310; }
static bool new_version(const pel_image *image) { return version(image) > 1000; }
static bool no_directories(const pel_image *image) { return optional(image)->directory_count == 0; }

static bool entry_in_headers(const pel_image *image)
{
    uint32_t entry = optional(image)->entry_point.v;
    return entry != 0 && entry < optional(image)->size_of_headers;
}

static bool base_zero(const pel_image *image)
{
    return optional(image)->image_base.v == 0 && !map_rule_moved_by_kernel(image);
}

static bool appcontainer(const pel_image *image)
{
    return optional(image)->dll_flags & PEL_DLL_APPCONTAINER;
}

#define COOKIE_UNUSED 0x800u /* IMAGE_GUARD_SECURITY_COOKIE_UNUSED */

static bool no_cookie(const pel_image *image)
{
    pel_load_config_info config = { .size = 0 };
    bool needed = version(image) >= 603 && optional(image)->entry_point.v != 0 &&
                  pel_image_directory(image, PEL_DIR_COM_DESCRIPTOR).size == 0;
    (void)pel_image_load_config(image, &config);
    return needed && config.directory.security_cookie.v == 0 &&
           !(config.directory.guard_flags & COOKIE_UNUSED);
}

static const struct {
    const char *rule;
    bool (*holds)(const pel_image *image);
} start_refusals[] = {
    { "process.executable-image", not_executable },
    { "process.subsystem", subsystem },
    { "process.subsystem-version", old_version },
    { "process.subsystem-newer", new_version },
    { "process.directories", no_directories },
    { "process.entry-point", entry_in_headers },
    { "process.image-base", base_zero },
    { "process.appcontainer", appcontainer },
    { "load.security-cookie", no_cookie },
};

const char *map_rule_of_refused_start(const pel_image *image)
{
    if (optional(image)->subsystem == PEL_SUBSYSTEM_NATIVE)
        return NULL;
    for (size_t i = 0; i < sizeof start_refusals / sizeof start_refusals[0]; i++)
        if (start_refusals[i].holds(image))
            return start_refusals[i].rule;
    return NULL;
}

/* ---- moving -------------------------------------------------------------- */

bool map_rule_stripped(const pel_image *image)
{
    return pel_image_file_header(image)->flags & PEL_FILE_RELOCS_STRIPPED && !is_flat(image);
}

bool map_rule_moved_by_kernel(const pel_image *image)
{
    return (optional(image)->dll_flags & PEL_DLL_DYNAMIC_BASE) && !is_flat(image) &&
           !map_rule_stripped(image) && pel_image_directory(image, PEL_DIR_BASERELOC).size > 0 &&
           pel_image_directory(image, PEL_DIR_COM_DESCRIPTOR).size == 0;
}

bool map_rule_moved_by_loader(const pel_image *image)
{
    return pel_image_is_dll(image) && !is_flat(image) && !map_rule_moved_by_kernel(image);
}

bool map_rule_patched_in_place(const pel_image *image)
{
    return pel_image_is_dll(image) && !is_flat(image) &&
           pel_image_directory(image, PEL_DIR_BASERELOC).size > 0;
}

bool map_rule_protects_twice(const pel_image *image)
{
    return map_rule_patched_in_place(image) &&
           optional(image)->file_alignment > optional(image)->section_alignment;
}

bool map_rule_header_patched(const pel_image *image)
{
    page_set pages;
    bool patched = false;
    if (map_rule_moved_by_kernel(image) && pages_new(&pages, PEL_PAGE_SIZE)) {
        pages_add_relocations(&pages, image);
        patched = pages_have(&pages, 0, PAGE_WRITTEN);
        pages_free(&pages);
    }
    return patched;
}

bool map_rule_in_every_process(const char *name)
{
    static const char *const names[] = { "ntdll.dll", "kernel32.dll", "kernelbase.dll" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

bool map_rule_program_moved_by_kernel(const pel_image *image)
{
    return !pel_image_is_dll(image) && map_rule_moved_by_kernel(image);
}

bool map_rule_two_stacks(const pel_image *image) { return !pel_image_is_wide(image); }

bool map_rule_flat_and_dynamic(const pel_image *image)
{
    return is_flat(image) && (optional(image)->dll_flags & PEL_DLL_DYNAMIC_BASE);
}
