/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused although there is a section: by whoever starts a program, and by the loader. */
#include <pelorus/directories.h>

#include "load/check_priv.h"

#include "base/reader.h"

static bool is_program(const pel_subject *s) { return !(s->file->flags & PEL_FILE_DLL); }

static bool has_execute_flag(const pel_subject *s)
{
    return s->file->flags & PEL_FILE_EXECUTABLE_IMAGE;
}

/* ---- subsystems -------------------------------------------------------- */

/* Versions are compared as one number: 0x3000a is 3.10. */
#define OLDEST_SUBSYSTEM 0x3000au

static uint32_t subsystem_version(const pel_subject *s)
{
    return (uint32_t)s->optional->subsystem_major << 16 | s->optional->subsystem_minor;
}

/* The version that Windows has itself. */
static uint32_t newest_subsystem(const pel_subject *s)
{
    bool wide = s->options->host != PEL_HOST_X86;
    switch (s->options->windows) {
    case PEL_WINDOWS_XP: return wide ? 0x50002 : 0x50001; /* for x64, it is Server 2003 */
    case PEL_WINDOWS_7: return 0x60001;
    case PEL_WINDOWS_8: return 0x60002;
    case PEL_WINDOWS_10:
    case PEL_WINDOWS_11:
    case PEL_WINDOWS_UEFI: break;
    }
    return 0xa0000;
}

/* The end of the file may cut it on Windows XP, which has a zero for its second byte. */
static uint64_t subsystem(const pel_subject *s)
{
    uint64_t at = pel_image_place(s->img, &pel_optional_header_schema, 0, "Subsystem").offset.v;
    return pel_span_uint(s->bytes, at, pel_span_has(s->bytes, at, 2) ? 2 : 1);
}

static bool has_subsystem(const pel_subject *s)
{
    bool posix = s->options->windows == PEL_WINDOWS_XP || s->options->windows == PEL_WINDOWS_7;
    switch (subsystem(s)) {
    case PEL_SUBSYSTEM_WINDOWS_GUI:
    case PEL_SUBSYSTEM_WINDOWS_CUI: return true;
    case PEL_SUBSYSTEM_POSIX_CUI: return posix;
    default: return false;
    }
}

/* Of the two fields the one that decides. */
static pel_verdict about_version(const pel_subject *s, pel_rule rule, uint32_t limit)
{
    uint32_t version = subsystem_version(s);
    if (version >> 16 != limit >> 16)
        return pel_about_optional(s, rule, "MajorSubsystemVersion", version >> 16, limit >> 16);
    return pel_about_optional(s, rule, "MinorSubsystemVersion", version & 0xFFFF, limit & 0xFFFF);
}

static pel_verdict check_subsystem(const pel_subject *s)
{
    uint32_t version = subsystem_version(s), newest = newest_subsystem(s);
    if (!has_subsystem(s))
        return pel_about_optional(s, PEL_RULE_SUBSYSTEM, "Subsystem", subsystem(s), 0);
    if (version < OLDEST_SUBSYSTEM)
        return about_version(s, PEL_RULE_SUBSYSTEM_OLD, OLDEST_SUBSYSTEM);
    if (version > newest)
        return about_version(s, PEL_RULE_SUBSYSTEM_NEW, newest);
    return pel_fine();
}

/* ---- starting a program ------------------------------------------------ */

pel_verdict pel_check_process(const pel_subject *s)
{
    const pel_optional_header *o = s->optional;
    if (!is_program(s))
        return pel_fine();
    if (!has_execute_flag(s))
        return pel_about_file(s, PEL_RULE_NOT_EXECUTABLE, "Characteristics", s->file->flags, 0);
    pel_verdict v = check_subsystem(s);
    if (!pel_passed(&v))
        return v;
    if (pel_asks(s, PEL_RULE_NO_DIRECTORIES) && o->directory_count == 0)
        return pel_about_optional(s, PEL_RULE_NO_DIRECTORIES, "NumberOfRvaAndSizes", 0, 0);
    if (pel_asks(s, PEL_RULE_ENTRY_IN_HEADERS) && o->entry_point.v != 0 &&
        o->entry_point.v < o->size_of_headers)
        return pel_about_optional(s, PEL_RULE_ENTRY_IN_HEADERS, "AddressOfEntryPoint",
                                  o->entry_point.v, o->size_of_headers);
    if (pel_asks(s, PEL_RULE_IMAGE_BASE_ZERO) && o->image_base.v == 0 &&
        !pel_image_moves_in_kernel(s->img, s->options->windows))
        return pel_about_optional(s, PEL_RULE_IMAGE_BASE_ZERO, "ImageBase", 0, 0);
    if (pel_asks(s, PEL_RULE_APPCONTAINER) && (o->dll_flags & PEL_DLL_APPCONTAINER))
        return pel_about_optional(s, PEL_RULE_APPCONTAINER, "DllCharacteristics", o->dll_flags, 0);
    return pel_fine();
}

/* ---- loading ----------------------------------------------------------- */

#define COOKIE_UNUSED 0x800u /* IMAGE_GUARD_SECURITY_COOKIE_UNUSED */
#define COOKIE_SINCE  0x60003u

static bool has_cookie(const pel_subject *s)
{
    pel_load_config_info config;
    pel_rva rva;
    pel_status st = pel_image_load_config(s->img, &config);
    if (st != PEL_OK && st != PEL_TRUNCATED)
        return false;
    return (config.directory.guard_flags & COOKIE_UNUSED) ||
           pel_rva_of(s->optional->image_base, pel_image_view_size(s->img),
                      config.directory.security_cookie, &rva);
}

/* Only code uses a cookie, and code of the CLR has other means. */
static bool needs_cookie(const pel_subject *s)
{
    return subsystem_version(s) >= COOKIE_SINCE && s->optional->entry_point.v != 0 &&
           pel_image_directory(s->img, PEL_DIR_COM_DESCRIPTOR).address == 0;
}

pel_verdict pel_check_load(const pel_subject *s)
{
    uint32_t version = subsystem_version(s);
    if (!has_execute_flag(s) && pel_image_contains_code(s->img, s->options))
        return pel_about_file(s, PEL_RULE_DATA_ONLY, "Characteristics", s->file->flags, 0);
    if (pel_asks(s, PEL_RULE_DLL_SUBSYSTEM_OLD) && version < OLDEST_SUBSYSTEM)
        return about_version(s, PEL_RULE_DLL_SUBSYSTEM_OLD, OLDEST_SUBSYSTEM);
    if (pel_asks(s, PEL_RULE_SECURITY_COOKIE) && needs_cookie(s) && !has_cookie(s))
        return about_version(s, PEL_RULE_SECURITY_COOKIE, COOKIE_SINCE);
    return pel_fine();
}
