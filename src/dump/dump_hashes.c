/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of parts of the file, as other tools compute them. */
#include "base/alloc.h"
#include "base/reader.h"
#include "base/text.h"
#include "dump/walk_image.h"
#include "pe/entropy.h"

void pel_emit_hash(pel_emitter *e, const char *key, pel_hash kind, pel_span bytes)
{
    char text[PEL_HASH_TEXT];
    pel_status st = pel_hash_text(kind, bytes, text);
    if (st != PEL_OK)
        pel_emitter_fail(e, st);
    pel_emit_string(e, key, text);
}

void pel_emit_digests(const walk *w, pel_span bytes)
{
    pel_emitter *e = w->e;
    pel_digests digests;
    pel_status st = pel_digest_each(bytes, &digests);
    if (st != PEL_OK)
        pel_emitter_fail(e, st);
    pel_emit_real(e, "entropy", pel_image_entropy(w->img, bytes));
    pel_emit_string(e, "md5", digests.md5);
    pel_emit_string(e, "sha1", digests.sha1);
    pel_emit_string(e, "sha256", digests.sha256);
}

/* MD5 over the decrypted bytes from "DanS" up to "Rich", as other tools compute it. */
static void walk_rich_hash(const walk *w)
{
    pel_rich rich;
    if (!pel_image_rich(w->img, &rich)) {
        pel_emit_null(w->e, "rich_hash");
        return;
    }
    pel_allocator allocator = pel_allocator_or_default(w->options->allocator);
    size_t size = rich.size - 8; /* "Rich" and the key stay out */
    uint8_t *plain = pel_take(&allocator, size);
    if (!plain) {
        pel_emitter_fail(w->e, PEL_NO_MEMORY);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        uint64_t byte = pel_span_uint(pel_image_bytes(w->img), rich.offset.v + i, 1);
        plain[i] = (uint8_t)(byte ^ rich.key >> (8 * (i & 3)));
    }
    pel_emit_hash(w->e, "rich_hash", PEL_HASH_MD5, (pel_span){ plain, size });
    pel_give(&allocator, plain, size);
}

typedef size_t digest_of(const pel_image *image, pel_hash hash, uint8_t out[PEL_DIGEST_MAX]);

static void emit_digest(const walk *w, pel_hash hash, digest_of *of)
{
    uint8_t digest[PEL_DIGEST_MAX];
    char text[PEL_HASH_TEXT];
    pel_hex_text((pel_span){ digest, of(w->img, hash, digest) }, text, sizeof text);
    pel_emit_string(w->e, pel_hash_name(hash), text[0] ? text : NULL);
}

static void emit_digests(const walk *w, const char *key, digest_of *of)
{
    pel_emit_map_begin(w->e, key);
    emit_digest(w, PEL_HASH_SHA1, of);
    emit_digest(w, PEL_HASH_SHA256, of);
    pel_emit_map_end(w->e);
}

/* What signatures sign and policies name, whether the file has a signature or not. */
static void walk_signed(const walk *w)
{
    if (pel_image_optional_header(w->img) && pel_image_get_layout(w->img) == PEL_LAYOUT_FILE) {
        emit_digests(w, "authentihash", pel_image_authentihash);
        emit_digests(w, "first_page_hash", pel_image_first_page_hash);
    } else {
        pel_emit_null(w->e, "authentihash");
        pel_emit_null(w->e, "first_page_hash");
    }
}

void pel_walk_hashes(const walk *w)
{
    const pel_optional_header *o = pel_image_optional_header(w->img);
    if (!pel_dump_wants(w->options, "hashes"))
        return;
    pel_emit_map_begin(w->e, "hashes");
    pel_walk_imphash(w);
    pel_walk_exphash(w);
    walk_rich_hash(w);
    walk_signed(w);
    if (o && pel_image_get_layout(w->img) == PEL_LAYOUT_FILE) {
        pel_emit_map_begin(w->e, "checksum");
        pel_emit_hex(w->e, "header", o->checksum);
        pel_emit_hex(w->e, "computed", pel_image_checksum(w->img));
        pel_emit_map_end(w->e);
    } else {
        pel_emit_null(w->e, "checksum");
    }
    pel_emit_map_end(w->e);
}
