/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate table, and how its signatures stand. A signature may hold others, and these
 * again: all of them together get a share of work that no honest file comes near. */
#include <string.h>

#include "base/text.h"
#include "dump/walk_image.h"

/* Signatures within signatures. */
#define DEEPEST 3

/* Of one structure. */
#define MOST_SIGNERS      16
#define MOST_STAMPS       16
#define MOST_CERTIFICATES 256

#define TEXT_MAX 1024

typedef struct state {
    pel_emitter *e;
    pel_verifier verifier;
    unsigned depth;
    bool list; /* whether hashes of pages are shown one by one */
} state;

/* ---- scalars ----------------------------------------------------------- */

static void emit_bytes(pel_emitter *e, const char *key, pel_span bytes)
{
    char text[PEL_HASH_TEXT];
    pel_hex_text(bytes, text, sizeof text);
    pel_emit_string(e, key, bytes.size ? text : NULL);
}

static void emit_oid(pel_emitter *e, const char *key, pel_span oid)
{
    char text[128];
    pel_emit_string(e, key, oid.size ? pel_oid_text(oid, text, sizeof text) : NULL);
}

static void emit_name(pel_emitter *e, const char *key, pel_span name)
{
    char text[TEXT_MAX];
    pel_emit_string(e, key, pel_name_text(name, text, sizeof text) ? text : NULL);
}

static void emit_date(pel_emitter *e, const char *key, uint64_t time)
{
    if (time)
        pel_emit_time(e, key, time);
    else
        pel_emit_null(e, key);
}

static void emit_status(pel_emitter *e, pel_signature_status status)
{
    pel_emit_string(e, "status", pel_signature_status_name(status));
}

/* ---- the parts of SignedData ------------------------------------------- */

/* One of the hashes, and that of the page now; "differs" counts those that are not the same. */
static void walk_page(state *s, pel_page_hash_iter *it, const pel_page_hash *page, bool shown,
                      uint64_t *differs)
{
    uint8_t digest[PEL_DIGEST_MAX];
    size_t size = pel_verifier_page(&s->verifier, it, page, digest);
    bool same = size == page->digest.size && memcmp(digest, page->digest.data, size) == 0;
    *differs += !same && !page->is_end;
    if (!shown)
        return;
    pel_emit_map_begin(s->e, NULL);
    pel_emit_hex(s->e, "PageOffset", page->offset);
    emit_bytes(s->e, "Digest", page->digest);
    emit_bytes(s->e, "computed", (pel_span){ digest, size });
    pel_emit_map_end(s->e);
}

/* Text is for people: it lists them only when asked for certificates by name. */
static void walk_pages(state *s, const pel_indirect_data *content)
{
    uint64_t differs = 0;
    bool shown = s->list;
    pel_page_hash_iter it = pel_page_hashes(s->verifier.image, content);
    pel_emit_map_begin(s->e, "pages");
    pel_emit_string(s->e, "algorithm", pel_digest_name(content->page_hash));
    pel_emit_dec(s->e, "count", content->page_count);
    pel_emit_seq_begin(s->e, "entries");
    for (pel_page_hash page; s->e->status == PEL_OK && pel_page_hash_next(&it, &page);)
        walk_page(s, &it, &page, shown, &differs);
    pel_emit_seq_end(s->e);
    pel_emit_dec(s->e, "differing", differs);
    pel_emit_map_end(s->e);
}

static void walk_content(state *s, const pel_signed_data *data)
{
    pel_indirect_data content;
    emit_oid(s->e, "content_type", data->content_type);
    if (!pel_indirect_data_read(data, &content)) {
        pel_emit_null(s->e, "digest");
        return;
    }
    pel_emit_map_begin(s->e, "digest");
    emit_oid(s->e, "algorithm", content.algorithm);
    emit_bytes(s->e, "signed", content.digest);
    emit_bytes(s->e, "computed", pel_verifier_digest(&s->verifier, content.hash));
    if (content.page_hash != PEL_HASH_NONE)
        walk_pages(s, &content);
    pel_emit_map_end(s->e);
}

static void walk_x509(state *s, const pel_x509 *x)
{
    pel_emit_map_begin(s->e, NULL);
    emit_name(s->e, "subject", x->subject);
    emit_name(s->e, "issuer", x->issuer);
    emit_bytes(s->e, "serial", x->serial);
    emit_date(s->e, "not_before", x->not_before);
    emit_date(s->e, "not_after", x->not_after);
    pel_emit_hash(s->e, "sha1", PEL_HASH_SHA1, x->bytes);
    pel_emit_hash(s->e, "sha256", PEL_HASH_SHA256, x->bytes);
    pel_emit_map_end(s->e);
}

static void walk_x509s(state *s, const pel_signed_data *data)
{
    pel_x509 x;
    unsigned count = 0;
    pel_x509_iter it = pel_signed_data_certificates(data);
    pel_emit_seq_begin(s->e, "certificates");
    while (s->e->status == PEL_OK && count < MOST_CERTIFICATES && pel_x509_next(&it, &x)) {
        walk_x509(s, &x);
        count++;
    }
    pel_emit_seq_end(s->e);
}

static void walk_program(state *s, const pel_signer *signer)
{
    char name[TEXT_MAX], url[TEXT_MAX];
    if (!pel_signer_program(signer, name, url, sizeof name)) {
        pel_emit_null(s->e, "program");
        return;
    }
    pel_emit_map_begin(s->e, "program");
    pel_emit_string(s->e, "name", name[0] ? name : NULL);
    pel_emit_string(s->e, "url", url[0] ? url : NULL);
    pel_emit_map_end(s->e);
}

static void walk_whose(state *s, const pel_signer *signer, const pel_signed_data *data)
{
    pel_x509 x;
    pel_signer_certificate(signer, data, &x);
    emit_name(s->e, "subject", x.subject);
    emit_name(s->e, "issuer", signer->issuer);
    emit_bytes(s->e, "serial", signer->serial);
    emit_oid(s->e, "digest_algorithm", signer->digest_algorithm);
    emit_oid(s->e, "signature_algorithm", signer->signature_algorithm);
}

static void walk_timestamps(state *s, const pel_signer *signer, const pel_signed_data *data)
{
    pel_timestamp t;
    unsigned count = 0;
    pel_timestamp_iter it = pel_signer_timestamps(signer, data);
    pel_emit_seq_begin(s->e, "timestamps");
    while (s->e->status == PEL_OK && count < MOST_STAMPS && pel_timestamp_next(&it, &t)) {
        pel_emit_map_begin(s->e, NULL);
        pel_emit_string(s->e, "kind", t.rfc3161 ? "rfc3161" : "pkcs9");
        emit_status(s->e, pel_verify_timestamp(&s->verifier, signer, &t));
        emit_date(s->e, "time", t.time);
        walk_whose(s, &t.signer, &t.data);
        pel_emit_map_end(s->e);
        count++;
    }
    pel_emit_seq_end(s->e);
}

/* ---- signers, and signatures within signatures ------------------------- */

static void walk_signed_data(state *s, pel_span bytes);

static void walk_nested(state *s, const pel_signer *signer)
{
    pel_span bytes;
    unsigned count = 0;
    pel_nested_iter it = pel_signer_nested(signer);
    pel_emit_seq_begin(s->e, "nested");
    while (s->e->status == PEL_OK && s->depth < DEEPEST && count < MOST_SIGNERS &&
           pel_nested_next(&it, &bytes)) {
        pel_emit_map_begin(s->e, NULL);
        walk_signed_data(s, bytes);
        pel_emit_map_end(s->e);
        count++;
    }
    pel_emit_seq_end(s->e);
}

static void walk_signer(state *s, const pel_signer *signer, const pel_signed_data *data)
{
    pel_emit_map_begin(s->e, NULL);
    emit_status(s->e, pel_verify_signer(&s->verifier, data, signer));
    walk_whose(s, signer, data);
    walk_program(s, signer);
    emit_date(s->e, "signing_time", pel_signer_time(signer));
    walk_timestamps(s, signer, data);
    walk_nested(s, signer);
    pel_emit_map_end(s->e);
}

static void walk_signers(state *s, const pel_signed_data *data)
{
    pel_signer signer;
    unsigned count = 0;
    pel_signer_iter it = pel_signed_data_signers(data);
    pel_emit_seq_begin(s->e, "signers");
    while (s->e->status == PEL_OK && count < MOST_SIGNERS && pel_signer_next(&it, &signer)) {
        walk_signer(s, &signer, data);
        count++;
    }
    pel_emit_seq_end(s->e);
}

/* "signed_data", in the map that is open; null when it cannot be read. */
static void walk_signed_data(state *s, pel_span bytes)
{
    pel_signed_data data;
    if (pel_signed_data_read(bytes, &data) != PEL_OK) {
        pel_emit_null(s->e, "signed_data");
        return;
    }
    s->depth++;
    pel_emit_map_begin(s->e, "signed_data");
    pel_emit_hex(s->e, "size", data.bytes.size);
    walk_content(s, &data);
    walk_signers(s, &data);
    walk_x509s(s, &data);
    pel_emit_map_end(s->e);
    s->depth--;
}

/* ---- the table --------------------------------------------------------- */

static void walk_entry(state *s, const pel_certificate *c)
{
    const pel_schema *schema = &pel_win_certificate_schema;
    size_t size = pel_schema_wire_size(schema, false);
    pel_structure at = {
        .schema = schema, .fields = &c->header, .offset = c->offset, .size = size, .available = size
    };
    pel_emit_map_begin(s->e, NULL);
    pel_emit_structure(s->e, &at);
    if (c->header.type == PEL_CERTIFICATE_PKCS_SIGNED_DATA)
        walk_signed_data(s, c->content);
    else
        pel_emit_null(s->e, "signed_data");
    pel_emit_map_end(s->e);
}

void pel_walk_certificates(const walk *w)
{
    state s = { .e = w->e,
                .verifier = pel_verifier_of(w->img, w->options->trust),
                .list = w->options->format != PEL_FORMAT_TEXT || w->options->only };
    if (!pel_walk_has(w, PEL_DIR_SECURITY, "certificates"))
        return;
    pel_emit_seq_begin(w->e, "certificates");
    pel_certificate_iter it = pel_image_certificates(w->img);
    for (pel_certificate c; w->e->status == PEL_OK && pel_certificate_next(&it, &c);)
        walk_entry(&s, &c);
    pel_emit_seq_end(w->e);
}

void pel_walk_signature(const walk *w)
{
    pel_signature signature;
    state s = { .e = w->e, .verifier = pel_verifier_of(w->img, w->options->trust) };
    if (!pel_walk_has(w, PEL_DIR_SECURITY, "signature"))
        return;
    if (pel_image_signature(&s.verifier, &signature) != PEL_OK) {
        pel_emit_null(w->e, "signature");
        return;
    }
    pel_x509 x = { .serial = { NULL, 0 } };
    if (signature.has_data)
        pel_signer_certificate(&signature.signer, &signature.data, &x);
    pel_emit_map_begin(w->e, "signature");
    emit_status(w->e, signature.status);
    pel_emit_boolean(w->e, "trust_asked", w->options->trust != NULL);
    pel_emit_string(w->e, "digest_algorithm", pel_digest_name(signature.hash));
    emit_name(w->e, "subject", x.subject);
    if (x.bytes.size > 0)
        pel_emit_boolean(w->e, "self_signed", pel_x509_is_self_signed(&x));
    else
        pel_emit_null(w->e, "self_signed");
    pel_emit_map_end(w->e);
}
