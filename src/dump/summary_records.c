/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures, debug information and .NET: a line or two each. */
#include <inttypes.h>
#include <string.h>

#include <pelorus/clr.h>
#include <pelorus/debug.h>

#include "base/text.h"
#include "dump/emitter_priv.h"
#include "dump/summary.h"

/* ---- signatures -------------------------------------------------------------- */

static void put_signer(summary *s, const pel_signature *signature)
{
    char name[256];
    pel_x509 certificate;
    if (!pel_signer_certificate(&signature->signer, &signature->data, &certificate))
        return;
    pel_name_common(certificate.subject, name, sizeof name);
    pel_summary_put(s, PEL_INK_PLAIN, ", by ");
    pel_summary_text(s, PEL_INK_PLAIN, pel_str_of(name));
    if (pel_x509_is_self_signed(&certificate))
        pel_summary_put(s, PEL_INK_WRITE, " (self-signed)");
}

/* Signatures with other hash functions hang on the first, as a rule one. */
#define MOST_NESTED 4

static void put_nested(summary *s, const pel_signature *outer)
{
    pel_span bytes;
    pel_nested_iter it = pel_signer_nested(&outer->signer);
    for (unsigned i = 0; i < MOST_NESTED && pel_nested_next(&it, &bytes); i++) {
        pel_signature inner;
        pel_signature_read(&s->verifier, bytes, &inner);
        const char *hash = pel_digest_name(inner.hash);
        pel_summary_put(s, PEL_INK_PLAIN, ", nested%s%s", hash ? " " : "", hash ? hash : "");
        if (inner.status != outer->status)
            pel_summary_put(s, inner.status >= PEL_SIGNATURE_INTACT ? PEL_INK_GOOD : PEL_INK_BAD,
                            " %s", pel_signature_status_name(inner.status));
    }
}

static void put_stamp(summary *s, const pel_signature *signature)
{
    char utc[PEL_SCALAR_TEXT];
    pel_timestamp stamp;
    pel_timestamp_iter it = pel_signer_timestamps(&signature->signer, &signature->data);
    if (pel_timestamp_next(&it, &stamp) && pel_time_text(stamp.time, utc))
        pel_summary_put(s, PEL_INK_PLAIN, ", time-stamped %.10s", utc);
    else
        pel_summary_put(s, PEL_INK_FAINT, ", no time stamp");
}

static void put_signature(summary *s, const pel_signature *signature)
{
    bool good = signature->status >= PEL_SIGNATURE_INTACT;
    const char *hash = pel_digest_name(signature->hash);
    pel_summary_put(s, good ? PEL_INK_GOOD : PEL_INK_BAD, "%s",
                    pel_signature_status_name(signature->status));
    if (hash) {
        pel_summary_put(s, PEL_INK_PLAIN, " (%s", hash);
        put_nested(s, signature);
        pel_summary_put(s, PEL_INK_PLAIN, ")");
    }
    if (signature->has_data) {
        put_signer(s, signature);
        put_stamp(s, signature);
    }
}

bool pel_digest_certificates(summary *s)
{
    pel_certificate entry;
    uint64_t count = 0;
    if (pel_image_directory(s->img, PEL_DIR_SECURITY).size == 0)
        return false;
    pel_certificate_iter it = pel_image_certificates(s->img);
    while (pel_certificate_next(&it, &entry))
        count++;
    if (s->has_signature)
        put_signature(s, &s->signature);
    else
        pel_summary_put(s, PEL_INK_BAD, "no signature");
    if (count != 1) {
        pel_summary_put(s, PEL_INK_PLAIN, "; ");
        pel_summary_count(s, count, "entry");
    }
    return true;
}

/* ---- debug information ---------------------------------------------------------- */

static bool find_codeview(const pel_image *img, pel_codeview *out)
{
    pel_debug_iter it = pel_image_debug(img);
    for (pel_debug_entry entry; pel_debug_next(&it, &entry);)
        if (pel_debug_codeview(&entry, out) == PEL_OK)
            return true;
    return false;
}

bool pel_digest_pdb(summary *s)
{
    pel_codeview cv;
    if (!find_codeview(s->img, &cv) || !cv.has_path)
        return false;
    pel_summary_text(s, PEL_INK_PLAIN, cv.path);
    return true;
}

static void put_codeview(summary *s, const pel_codeview *cv)
{
    char guid[PEL_GUID_TEXT];
    pel_guid_format(cv->guid, guid);
    if (cv->has_guid)
        pel_summary_put(s, PEL_INK_PLAIN, "GUID %s", guid);
    else
        pel_summary_put(s, PEL_INK_PLAIN, "CodeView 0x%08" PRIx32, cv->timestamp);
    pel_summary_put(s, PEL_INK_PLAIN, ", age %" PRIu32, cv->age);
}

bool pel_digest_debug(summary *s)
{
    pel_codeview cv;
    pel_debug_entry entry;
    pel_debug_iter it = pel_image_debug(s->img);
    bool any = false, known = find_codeview(s->img, &cv);
    if (known)
        put_codeview(s, &cv);
    while (pel_debug_next(&it, &entry)) {
        const pel_name *type = pel_names_find(&pel_names_debug_type, entry.directory.type);
        any = true;
        if (known && entry.directory.type == PEL_DEBUG_CODEVIEW)
            continue;
        const char *name = type ? type->name + strlen("IMAGE_DEBUG_TYPE_") : "unknown";
        if (!pel_summary_item(s, s->columns > PEL_SUMMARY_COLUMN ? ", " : "", pel_str_of(name), ""))
            break;
    }
    return any;
}

/* ---- .NET --------------------------------------------------------------------------- */

static void put_assembly(summary *s, const pel_clr_tables *tables)
{
    pel_clr_assembly a;
    pel_str module;
    pel_span mvid;
    if (pel_clr_assembly_read(tables, &a)) {
        pel_summary_put(s, PEL_INK_PLAIN, ", ");
        pel_summary_text(s, PEL_INK_STRONG, a.name);
        pel_summary_put(s, PEL_INK_PLAIN, " %u.%u.%u.%u", a.version[0], a.version[1], a.version[2],
                        a.version[3]);
    } else if (pel_clr_module(tables, &module, &mvid)) {
        pel_summary_put(s, PEL_INK_PLAIN, ", module ");
        pel_summary_text(s, PEL_INK_PLAIN, module);
    }
}

static void put_references(summary *s, const pel_clr_tables *tables)
{
    pel_clr_assembly a;
    uint32_t count = 0;
    while (pel_clr_reference(tables, count, &a))
        count++;
    if (count == 0)
        return;
    pel_summary_put(s, PEL_INK_PLAIN, ", ");
    pel_summary_count(s, count, "reference");
    const char *before = ": ";
    for (uint32_t i = 0; i < count; i++, before = ", ")
        if (!pel_clr_reference(tables, i, &a) || !pel_summary_item(s, before, a.name, ""))
            break;
}

/* Bits of Flags; the table has all of them. */
enum {
    IL_ONLY = 0x1,
    REQUIRED_32 = 0x2,
    COMPILED = 0x4,
    STRONG_NAME = 0x8,
    PREFERRED_32 = 0x20000,
};

/* The platform of code that is IL only: what compilers call it (/platform). Headers before 2.5 are
 * of runtimes that had 32 bits only. With PE32+ the machine says it. */
static const char *platform_of(const pel_image *img, const pel_cor20_header *h)
{
    unsigned runtime = (unsigned)h->runtime_major << 16 | h->runtime_minor;
    if (pel_image_is_wide(img))
        return "";
    if (!(h->flags & REQUIRED_32) && runtime >= 0x20005)
        return ", AnyCPU";
    return h->flags & PREFERRED_32 ? ", AnyCPU, prefers 32-bit" : ", x86";
}

bool pel_digest_clr(summary *s)
{
    pel_clr clr;
    pel_clr_tables tables;
    pel_ready_to_run_header compiled;
    uint64_t at;
    if (pel_image_clr(s->img, &clr) == PEL_NOT_FOUND)
        return false;
    pel_summary_put(s, PEL_INK_PLAIN, "runtime ");
    pel_summary_text(s, PEL_INK_PLAIN, clr.version);
    if (pel_image_ready_to_run(s->img, pel_image_native_header(s->img, &clr), &compiled, &at))
        pel_summary_put(s, PEL_INK_PLAIN, ", ReadyToRun %u.%u", compiled.major, compiled.minor);
    else if (clr.header.flags & COMPILED)
        pel_summary_put(s, PEL_INK_PLAIN, ", compiled ahead of time");
    else if (!(clr.header.flags & IL_ONLY))
        pel_summary_put(s, PEL_INK_PLAIN, ", mixed with native code");
    else
        pel_summary_put(s, PEL_INK_PLAIN, "%s", platform_of(s->img, &clr.header));
    if (clr.header.flags & STRONG_NAME)
        pel_summary_put(s, PEL_INK_PLAIN, ", strong name");
    if (pel_clr_tables_read(&clr, &tables) != PEL_OK)
        return true;
    put_assembly(s, &tables);
    put_references(s, &tables);
    return true;
}
