/* SPDX-License-Identifier: Apache-2.0 */
/* What a file protects itself with: green what it has, faint what it lacks. */
#include <pelorus/debug.h>
#include <pelorus/directories.h>

#include "dump/summary.h"

/* ---- facts of the debug directory ----------------------------------------- */

static uint32_t ex_flags(const pel_image *image)
{
    uint32_t flags = 0;
    pel_debug_iter it = pel_image_debug(image);
    for (pel_debug_entry entry; pel_debug_next(&it, &entry);)
        if (pel_debug_ex_flags(&entry, &flags) == PEL_OK)
            return flags;
    return 0;
}

bool pel_summary_is_reproducible(const pel_image *image)
{
    pel_debug_iter it = pel_image_debug(image);
    for (pel_debug_entry entry; pel_debug_next(&it, &entry);)
        if (entry.directory.type == PEL_DEBUG_REPRO)
            return true;
    return false;
}

/* ---- the line --------------------------------------------------------------- */

/* Bits of GuardFlags and of EX_DLLCHARACTERISTICS; the tables have all of them. */
enum { CF_INSTRUMENTED = 0x100, XFG_ENABLED = 0x800000, CET_COMPAT = 1 };

typedef struct facts {
    const pel_image *img;
    const pel_optional_header *header;
    uint16_t file_flags;
    pel_load_config_info config; /* zeros without one */
    bool config_cut;             /* nobody knows what it would have said */
    bool holds;                  /* the signature, as far as one is asked to trust it */
} facts;

/* When it is worth a word that it is missing: always, of Windows' own programs, of those with 64 or
 * 32 bits, never. */
enum { ALWAYS, WINDOWS, WIDE, X86, IF_THERE };

static bool is_missed(const facts *f, int when)
{
    const pel_file_header *h = pel_image_file_header(f->img);
    uint16_t subsystem = f->header->subsystem;
    if (subsystem >= PEL_SUBSYSTEM_EFI_APPLICATION && subsystem <= PEL_SUBSYSTEM_EFI_ROM)
        return when == ALWAYS;
    return when == ALWAYS || when == WINDOWS || (when == WIDE && pel_image_is_wide(f->img)) ||
           (when == X86 && h && h->machine == PEL_MACHINE_I386);
}

static bool aslr(const facts *f)
{
    return (f->header->dll_flags & PEL_DLL_DYNAMIC_BASE) != 0 &&
           !(f->file_flags & PEL_FILE_RELOCS_STRIPPED);
}

static bool high_entropy(const facts *f)
{
    return aslr(f) && (f->header->dll_flags & PEL_DLL_HIGH_ENTROPY_VA) != 0;
}

static bool nx(const facts *f) { return (f->header->dll_flags & PEL_DLL_NX_COMPAT) != 0; }

static bool cfg(const facts *f)
{
    return (f->header->dll_flags & PEL_DLL_GUARD_CF) != 0 &&
           (f->config.directory.guard_flags & CF_INSTRUMENTED) != 0;
}

static bool xfg(const facts *f)
{
    return cfg(f) && (f->config.directory.guard_flags & XFG_ENABLED) != 0;
}

static bool cet(const facts *f) { return (ex_flags(f->img) & CET_COMPAT) != 0; }

static bool safe_seh(const facts *f)
{
    return is_missed(f, X86) &&
           ((f->header->dll_flags & PEL_DLL_NO_SEH) != 0 || f->config.directory.seh_table.v != 0);
}

static bool cookie(const facts *f) { return f->config.directory.security_cookie.v != 0; }

/* A table that is there proves nothing. */
static bool is_signed(const facts *f) { return f->holds; }

static bool integrity(const facts *f)
{
    return (f->header->dll_flags & PEL_DLL_FORCE_INTEGRITY) != 0;
}

static bool container(const facts *f) { return (f->header->dll_flags & PEL_DLL_APPCONTAINER) != 0; }

static const struct {
    const char *name;
    bool (*has)(const facts *f);
    int when;
    bool configured; /* by the load configuration */
} protections[] = {
    { "ASLR", aslr, WINDOWS, false },
    { "high-entropy ASLR", high_entropy, WIDE, false },
    { "NX", nx, ALWAYS, false },
    { "SafeSEH", safe_seh, X86, true },
    { "GS cookie", cookie, WINDOWS, true },
    { "CFG", cfg, WINDOWS, true },
    { "XFG", xfg, IF_THERE, true },
    { "CET", cet, WIDE, false },
    { "signed", is_signed, ALWAYS, false },
    { "integrity enforced", integrity, IF_THERE, false },
    { "AppContainer", container, IF_THERE, false },
};

static facts facts_of(const summary *s)
{
    const pel_image *img = s->img;
    const pel_file_header *h = pel_image_file_header(img);
    facts f = { .img = img, .header = pel_image_optional_header(img) };
    f.file_flags = h ? h->flags : 0;
    f.holds = s->has_signature && s->signature.status >= PEL_SIGNATURE_INTACT;
    f.config_cut = pel_image_load_config(img, &f.config) == PEL_TRUNCATED;
    return f;
}

/* Lists, so that nothing is told by colour alone. */
enum { THERE, MISSED, UNKNOWN };

static int answer(const facts *f, size_t i)
{
    if (protections[i].has(f))
        return THERE;
    return protections[i].configured && f->config_cut ? UNKNOWN : MISSED;
}

static void put_list(summary *s, const facts *f, int wanted)
{
    static const char *const lead[] = { "", "; without ", "; cut off: " };
    unsigned put = 0;
    for (size_t i = 0; i < sizeof protections / sizeof protections[0]; i++) {
        bool worth = wanted == THERE || is_missed(f, protections[i].when);
        if (answer(f, i) != wanted || !worth)
            continue;
        pel_summary_put(s, PEL_INK_FAINT, "%s", put++ > 0 ? ", " : lead[wanted]);
        pel_summary_put(s, wanted == THERE ? PEL_INK_GOOD : PEL_INK_FAINT, "%s",
                        protections[i].name);
    }
    if (wanted == THERE && put == 0)
        pel_summary_put(s, PEL_INK_WRITE, "none");
}

void pel_summary_protections(summary *s)
{
    if (!pel_image_optional_header(s->img))
        return;
    facts f = facts_of(s);
    pel_summary_label(s, "protections");
    for (int wanted = THERE; wanted <= UNKNOWN; wanted++)
        put_list(s, &f, wanted);
    pel_summary_end(s);
}
