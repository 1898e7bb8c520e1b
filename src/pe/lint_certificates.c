/* SPDX-License-Identifier: Apache-2.0 */
/* Oddities of the certificate table and its signatures, of .NET's header and of the Rich header. */
#include <pelorus/certificates.h>
#include <pelorus/clr.h>
#include <string.h>

#include "base/der.h"
#include "pe/lint.h"

#define KEY "certificates"

/* Signatures within signatures, and signers of one; honest files have two and one. */
#define DEEPEST      3
#define MOST_SIGNERS 16

/* ---- the certificate table --------------------------------------------- */

static void tell(oddities *o, pel_diag_code code, const char *field, uint64_t found_value,
                 uint64_t limit)
{
    pel_odd_field(o, code, &pel_data_directory_schema, PEL_DIR_SECURITY, field, found_value, limit);
}

static bool any_byte(pel_span s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.data[i])
            return true;
    return false;
}

static bool is_structure(pel_span content)
{
    pel_reader r = pel_der_reader(content);
    return pel_der_any(&r).tag == PEL_DER_SEQUENCE;
}

/* What lies behind the PKCS #7 structure of an entry. */
static void look_at_padding(oddities *o, const pel_certificate *c, uint32_t index)
{
    pel_reader r = pel_der_reader(c->content);
    pel_der_any(&r);
    pel_span rest = pel_span_clip(c->content, r.pos, UINT64_MAX);
    pel_foff at = { c->offset.v + 8 + r.pos };
    if (!is_structure(c->content))
        pel_odd(o, PEL_DIAG_CERTIFICATE_BROKEN, pel_odd_place(KEY, index, NULL, &c->offset),
                pel_span_uint(c->content, 0, 1), 0);
    else if (any_byte(rest))
        pel_odd(o, PEL_DIAG_CERTIFICATE_PADDING, pel_odd_place(KEY, index, NULL, &at), rest.size,
                0);
}

static void look_at_entries(oddities *o)
{
    uint32_t index = 0;
    pel_data_directory dir = pel_image_directory(o->img, PEL_DIR_SECURITY);
    pel_certificate_iter it = pel_image_certificates(o->img);
    for (pel_certificate c; pel_certificate_next(&it, &c); index++) {
        const pel_schema *schema = &pel_win_certificate_schema;
        if (!pel_names_find(&pel_names_certificate_revision, c.header.revision))
            pel_odd(o, PEL_DIAG_CERTIFICATE_TYPE,
                    pel_odd_in(KEY, index, schema, "wRevision", &c.offset, false),
                    c.header.revision, 0);
        if (c.header.type == PEL_CERTIFICATE_PKCS_SIGNED_DATA)
            look_at_padding(o, &c, index);
        else
            pel_odd(o, PEL_DIAG_CERTIFICATE_TYPE,
                    pel_odd_in(KEY, index, schema, "wCertificateType", &c.offset, false),
                    c.header.type, 0);
    }
    /* That the file ends was told. */
    if (it.status != PEL_OK && !o->told[PEL_DIAG_CERTIFICATE_CUT])
        tell(o, PEL_DIAG_CERTIFICATE_CUT, "Size", dir.size, it.next - dir.address);
}

void pel_lint_certificates(oddities *o)
{
    pel_foff at;
    const pel_image *img = o->img;
    pel_data_directory dir = pel_image_directory(img, PEL_DIR_SECURITY);
    if (dir.address == 0 || dir.size == 0 || img->layout != PEL_LAYOUT_FILE)
        return;
    uint64_t end = dir.address + (uint64_t)dir.size;
    pel_image_overlay(img, &at);
    if (dir.address % 8 != 0)
        tell(o, PEL_DIAG_CERTIFICATE_UNALIGNED, "VirtualAddress", dir.address, 8);
    if (dir.size % 8 != 0)
        tell(o, PEL_DIAG_CERTIFICATE_UNALIGNED, "Size", dir.size, 8);
    if (end > img->bytes.size)
        tell(o, PEL_DIAG_CERTIFICATE_CUT, "Size", dir.size,
             img->bytes.size > dir.address ? img->bytes.size - dir.address : 0);
    else if (img->bytes.size > end)
        tell(o, PEL_DIAG_CERTIFICATE_TRAILER, "Size", dir.size, img->bytes.size - end);
    if (dir.address < at.v)
        tell(o, PEL_DIAG_CERTIFICATE_ON_IMAGE, "VirtualAddress", dir.address, at.v);
    else if (dir.address >= at.v + 8)
        tell(o, PEL_DIAG_CERTIFICATE_OVERLAY, "VirtualAddress", dir.address, at.v);
    look_at_entries(o);
}

/* ---- signatures -------------------------------------------------------- */

typedef struct signatures {
    oddities *o;
    pel_verifier verifier; /* bounds the work */
    uint32_t entry;
    unsigned depth;
} signatures;

/* `at` lies in the file, or is empty. Within another signature the field is that of the outer. */
static void tell_signature(signatures *s, pel_diag_code code, const char *field, pel_span at)
{
    pel_foff offset = { at.size ? (uint64_t)(at.data - s->o->img->whole.data) : 0 };
    field = s->depth > 0 ? "signed_data.signers" : field;
    pel_odd(s->o, code, pel_odd_place(KEY, s->entry, field, at.size ? &offset : NULL), 0, 0);
}

static void look_at_signed_data(signatures *s, pel_span bytes);

/* Whether it is trusted nobody knows here: what holds by itself is no oddity. */
static void look_at_signer(signatures *s, const pel_signed_data *data, const pel_signer *signer)
{
    pel_indirect_data content;
    pel_span nested;
    pel_signature_status st = pel_verify_signer(&s->verifier, data, signer);
    pel_indirect_data_read(data, &content);
    if (st == PEL_SIGNATURE_DIGEST_MISMATCH)
        tell_signature(s, PEL_DIAG_SIGNATURE_DIGEST_MISMATCH, "signed_data.digest.signed",
                       content.digest);
    else if (st == PEL_SIGNATURE_NO_CERTIFICATE)
        tell_signature(s, PEL_DIAG_SIGNATURE_NO_CERTIFICATE, "signed_data.signers", data->signers);
    else if (st == PEL_SIGNATURE_BAD)
        tell_signature(s, PEL_DIAG_SIGNATURE_BAD, "signed_data.signers", signer->signature);
    pel_nested_iter it = pel_signer_nested(signer);
    for (unsigned i = 0; s->depth < DEEPEST && i < MOST_SIGNERS && pel_nested_next(&it, &nested);
         i++) {
        s->depth++;
        look_at_signed_data(s, nested);
        s->depth--;
    }
}

static void look_at_signed_data(signatures *s, pel_span bytes)
{
    pel_signed_data data;
    pel_signer signer;
    unsigned count = 0;
    pel_status st = pel_signed_data_read(bytes, &data);
    pel_signer_iter it = pel_signed_data_signers(&data);
    for (; count < MOST_SIGNERS && pel_signer_next(&it, &signer); count++)
        look_at_signer(s, &data, &signer);
    if (st != PEL_OK || count == 0 || it.status != PEL_OK)
        tell_signature(s, PEL_DIAG_SIGNATURE_MALFORMED, "signed_data", bytes);
}

void pel_lint_signatures(oddities *o)
{
    signatures s = { .o = o, .verifier = pel_verifier_of(o->img, NULL) };
    pel_certificate_iter it = pel_image_certificates(o->img);
    for (pel_certificate c; pel_certificate_next(&it, &c); s.entry++)
        if (c.header.type == PEL_CERTIFICATE_PKCS_SIGNED_DATA && is_structure(c.content))
            look_at_signed_data(&s, c.content);
}

/* ---- .NET -------------------------------------------------------------- */

void pel_lint_clr(oddities *o)
{
    pel_clr clr;
    uint32_t address = pel_image_directory(o->img, PEL_DIR_COM_DESCRIPTOR).address;
    if (address == 0)
        return;
    pel_status st = pel_image_clr(o->img, &clr);
    const pel_foff *at = st != PEL_NOT_FOUND && clr.has_offset ? &clr.offset : NULL;
    if (st != PEL_OK || clr.metadata.size == 0)
        pel_odd(o, PEL_DIAG_CLR_BROKEN, pel_odd_place("clr", PEL_NO_INDEX, NULL, at), address, 0);
    unsigned runtime = (unsigned)clr.header.runtime_major << 16 | clr.header.runtime_minor;
    bool minor = clr.header.runtime_major == 2;
    if (st == PEL_OK && runtime < 0x20005)
        pel_odd(o, PEL_DIAG_CLR_RUNTIME,
                pel_odd_in("clr", PEL_NO_INDEX, &pel_cor20_header_schema,
                           minor ? "MinorRuntimeVersion" : "MajorRuntimeVersion", at, false),
                minor ? clr.header.runtime_minor : clr.header.runtime_major, 0);
}

/* ---- the Rich header --------------------------------------------------- */

/* The major version of a linker, by its name in the table: "Linker1400", "Linker710p". 0: none. */
static unsigned linker_of(uint32_t product)
{
    static const char prefix[] = "Linker";
    const pel_name *name = pel_names_find(&pel_names_rich_product, product);
    unsigned version = 0;
    if (!name || strncmp(name->name, prefix, sizeof prefix - 1) != 0)
        return 0;
    for (const char *c = name->name + sizeof prefix - 1; *c >= '0' && *c <= '9'; c++)
        version = version * 10 + (unsigned)(*c - '0');
    return version / 100;
}

void pel_lint_rich(oddities *o)
{
    const pel_image *img = o->img;
    unsigned newest = 0, linker = img->optional.linker_major;
    if (!img->has_rich)
        return;
    pel_foff at = img->rich.offset;
    for (unsigned i = 1; i <= 3; i++) {
        uint32_t word = (uint32_t)pel_span_uint(img->bytes, at.v + 4 * i, 4) ^ img->rich.key;
        if (word != 0)
            pel_odd(o, PEL_DIAG_RICH_PADDING, pel_odd_place("rich_header", PEL_NO_INDEX, NULL, &at),
                    word, 0);
    }
    for (uint32_t i = 0; i < img->rich.entry_count; i++) {
        unsigned version = linker_of(img->rich_entries[i].product);
        newest = version > newest ? version : newest;
    }
    if (newest != 0 && newest != linker)
        pel_odd_field(o, PEL_DIAG_RICH_LINKER, &pel_optional_header_schema, 0, "MajorLinkerVersion",
                      linker, newest);
}
