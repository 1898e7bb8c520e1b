/* SPDX-License-Identifier: Apache-2.0 */
/* Where the addresses of a program end: lpMaximumApplicationAddress. Source: "Memory Limits for
 * Windows Releases" (Microsoft); docs/loading.md, "Choosing the base". */
#include "load/load_priv.h"

#define END_2GIB   UINT64_C(0x7FFF0000)
#define END_4GIB   UINT64_C(0xFFFF0000)
#define END_8TIB   UINT64_C(0x7FFFFFF0000) /* up to Windows 8 */
#define END_128TIB UINT64_C(0x7FFFFFFF0000)

#define ASLR_SLOTS UINT64_C(254) /* so far above its ImageBase may a program be drawn */

/* A DLL is looked at in a process that is aware of large addresses. */
static bool is_aware(const pel_image *img)
{
    const pel_file_header *file = pel_image_file_header(img);
    return pel_image_is_dll(img) || (file && (file->flags & PEL_FILE_LARGE_ADDRESS_AWARE));
}

static uint64_t end_64(pel_windows windows)
{
    bool late = windows == PEL_WINDOWS_10 || windows == PEL_WINDOWS_11;
    return late ? END_128TIB : END_8TIB;
}

/* A 64-bit program that is not aware has 2 GiB, but its own base is honoured above. */
static uint64_t end_with_own_base(const pel_image *img, const pel_load_options *options)
{
    const pel_optional_header *o = pel_image_optional_header(img);
    uint64_t base = options->has_base ? options->base.v : o ? o->image_base.v : 0;
    uint64_t room = pel_image_view_size(img) + (options->aslr ? ASLR_SLOTS * PEL_GRANULARITY : 0);
    uint64_t most = end_64(options->windows);
    if (base >= most)
        return END_2GIB;
    uint64_t end = pel_round_up(base + room, PEL_GRANULARITY);
    if (end > most)
        return most;
    return end > END_2GIB ? end : END_2GIB;
}

pel_va pel_user_highest(bool wide, pel_windows windows)
{
    return (pel_va){ (wide ? end_64(windows) : END_4GIB) - 1 };
}

pel_user_bounds pel_user_bounds_of(const pel_image *img, const pel_load_options *options,
                                   bool windows_32)
{
    bool wide = pel_image_is_wide(img), aware = is_aware(img);
    uint64_t all = END_2GIB;
    if (wide)
        all = aware ? end_64(options->windows) : end_with_own_base(img, options);
    else if (aware && !windows_32)
        all = END_4GIB;
    return (pel_user_bounds){ .all = { all - 1 }, .chosen = { (aware ? all : END_2GIB) - 1 } };
}
