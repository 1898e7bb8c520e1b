/* SPDX-License-Identifier: Apache-2.0 */
/* Whether signatures hold. The chain of proof, each link of which can break:
 *
 *   bytes of the file --digest--> content --digest--> signed attributes --key--> signature
 *   certificate with the key --chain--> one that is trusted, at the time of a stamp
 *   signature --digest--> time stamp, and the same again from there
 *
 * Keys are the expensive part, and a file may have any number of signatures: each key that is used
 * and each byte that is hashed is counted, and what goes beyond is PEL_SIGNATURE_LIMIT. */
#include "base/hash.h"
#include "base/trust.h"
#include "pe/image_priv.h"
#include "pe/signed_data.h"

/* No honest file comes near. */
#define MOST_KEYS 64

/* Of one chain: for the searches of libcrypto are quadratic. */
#define MOST_IN_CHAIN 64

/* What checking a chain is worth, in keys. */
#define CHAIN_KEYS 4

const char *pel_signature_status_name(pel_signature_status status)
{
    switch (status) {
    case PEL_SIGNATURE_MALFORMED: return "malformed";
    case PEL_SIGNATURE_UNSUPPORTED: return "unsupported";
    case PEL_SIGNATURE_LIMIT: return "limit";
    case PEL_SIGNATURE_DIGEST_MISMATCH: return "digest-mismatch";
    case PEL_SIGNATURE_NO_CERTIFICATE: return "no-certificate";
    case PEL_SIGNATURE_BAD: return "bad-signature";
    case PEL_SIGNATURE_UNTRUSTED: return "untrusted";
    case PEL_SIGNATURE_EXPIRED: return "expired";
    case PEL_SIGNATURE_INTACT: return "intact";
    case PEL_SIGNATURE_VALID: return "valid";
    }
    return "?";
}

pel_verifier pel_verifier_of(const pel_image *image, const pel_trust *trust)
{
    return (pel_verifier){ .image = image,
                           .trust = trust,
                           .bytes_left = 16 * (uint64_t)image->whole.size,
                           .keys_left = MOST_KEYS };
}

pel_span pel_verifier_digest(pel_verifier *v, pel_hash hash)
{
    if (hash >= PEL_HASH_COUNT)
        hash = PEL_HASH_NONE;
    if (v->sizes[hash] == 0)
        v->sizes[hash] = pel_image_authentihash(v->image, hash, v->digests[hash]);
    return (pel_span){ v->digests[hash], v->sizes[hash] };
}

static bool spend(pel_verifier *v, uint32_t keys, uint64_t bytes)
{
    bool enough = keys <= v->keys_left && pel_spend(&v->bytes_left, bytes);
    v->keys_left -= enough ? keys : v->keys_left;
    return enough;
}

/* ---- attributes and key ------------------------------------------------ */

static bool is_digest(pel_hash hash, pel_span bytes, pel_span wanted)
{
    uint8_t digest[PEL_DIGEST_MAX];
    size_t size = pel_digest(hash, &bytes, 1, digest);
    return size && pel_span_same(wanted, (pel_span){ digest, size });
}

/* Is `content` what the signer signed? With attributes, they have its digest, and they are what is
 * signed: under the tag of a SET, not under the one that they have in the file. */
static pel_signature_status verify_key(pel_verifier *v, const pel_signer *s, pel_span content,
                                       const pel_x509 *certificate)
{
    uint8_t head[8];
    pel_span parts[2] = { { head, 0 }, content };
    if (!pel_hash_name(s->hash))
        return PEL_SIGNATURE_UNSUPPORTED;
    if (!spend(v, 1, content.size + s->attributes.size + certificate->bytes.size))
        return PEL_SIGNATURE_LIMIT;
    if (s->attributes.size) {
        pel_tlv digest = pel_signer_attribute(s, PEL_OID_MESSAGE_DIGEST);
        if (digest.tag != PEL_DER_OCTETS || !is_digest(s->hash, content, digest.value))
            return PEL_SIGNATURE_BAD;
        parts[0].size = pel_der_head(PEL_DER_SET, s->attributes.size, head);
        parts[1] = s->attributes;
    }
    switch (pel_proves(certificate->bytes, s->hash, parts, 2, s->signature)) {
    case PEL_PROOF_YES: return PEL_SIGNATURE_INTACT;
    case PEL_PROOF_NO: return PEL_SIGNATURE_BAD;
    case PEL_PROOF_EXPIRED:
    case PEL_PROOF_UNKNOWN: break;
    }
    return PEL_SIGNATURE_UNSUPPORTED;
}

/* ---- chain ------------------------------------------------------------- */

static pel_signature_status verify_chain(pel_verifier *v, const pel_signed_data *data,
                                         const pel_x509 *certificate, uint64_t time, bool stamp)
{
    pel_span others[MOST_IN_CHAIN];
    pel_chain chain = {
        .certificate = certificate->bytes, .others = others, .time = time, .for_stamps = stamp
    };
    if (!v->trust)
        return PEL_SIGNATURE_INTACT;
    if (!spend(v, CHAIN_KEYS, data->certificates.size))
        return PEL_SIGNATURE_LIMIT;
    pel_x509_iter it = pel_signed_data_certificates(data);
    for (pel_x509 x; chain.other_count < MOST_IN_CHAIN && pel_x509_next(&it, &x);)
        others[chain.other_count++] = x.bytes;
    switch (pel_trust_check(v->trust, &chain)) {
    case PEL_PROOF_YES: return PEL_SIGNATURE_VALID;
    case PEL_PROOF_EXPIRED: return PEL_SIGNATURE_EXPIRED;
    case PEL_PROOF_NO:
    case PEL_PROOF_UNKNOWN: break;
    }
    return PEL_SIGNATURE_UNTRUSTED;
}

static pel_signature_status find_certificate(pel_verifier *v, const pel_signer *s,
                                             const pel_signed_data *data, pel_x509 *out)
{
    if (!spend(v, 0, data->certificates.size))
        return PEL_SIGNATURE_LIMIT;
    return pel_signer_certificate(s, data, out) ? PEL_SIGNATURE_INTACT
                                                : PEL_SIGNATURE_NO_CERTIFICATE;
}

/* ---- time stamps ------------------------------------------------------- */

pel_signature_status pel_verify_timestamp(pel_verifier *v, const pel_signer *signer,
                                          const pel_timestamp *stamp)
{
    pel_x509 x;
    pel_span content = stamp->rfc3161 ? stamp->data.content : signer->signature;
    if (stamp->rfc3161 && !pel_hash_name(stamp->hash))
        return PEL_SIGNATURE_UNSUPPORTED;
    if (stamp->rfc3161 && !is_digest(stamp->hash, signer->signature, stamp->imprint))
        return PEL_SIGNATURE_DIGEST_MISMATCH;
    pel_signature_status st = find_certificate(v, &stamp->signer, &stamp->data, &x);
    if (st == PEL_SIGNATURE_INTACT)
        st = verify_key(v, &stamp->signer, content, &x);
    if (st == PEL_SIGNATURE_INTACT)
        st = verify_chain(v, &stamp->data, &x, stamp->time, true);
    return st;
}

/* When the signature was there already, as somebody says who is trusted; 0: nobody. */
static uint64_t proved_time(pel_verifier *v, const pel_signed_data *data, const pel_signer *signer)
{
    pel_timestamp_iter it = pel_signer_timestamps(signer, data);
    for (pel_timestamp t; v->keys_left && pel_timestamp_next(&it, &t);)
        if (pel_verify_timestamp(v, signer, &t) == PEL_SIGNATURE_VALID)
            return t.time;
    return 0;
}

/* ---- signatures of the file -------------------------------------------- */

pel_signature_status pel_verify_signer(pel_verifier *v, const pel_signed_data *data,
                                       const pel_signer *signer)
{
    pel_x509 x;
    pel_indirect_data content;
    if (!pel_indirect_data_read(data, &content))
        return PEL_SIGNATURE_UNSUPPORTED;
    pel_span computed = pel_verifier_digest(v, content.hash);
    if (computed.size == 0)
        return PEL_SIGNATURE_UNSUPPORTED;
    if (!pel_span_same(computed, content.digest))
        return PEL_SIGNATURE_DIGEST_MISMATCH;
    pel_signature_status st = find_certificate(v, signer, data, &x);
    if (st == PEL_SIGNATURE_INTACT)
        st = verify_key(v, signer, data->content, &x);
    if (st != PEL_SIGNATURE_INTACT || !v->trust)
        return st;
    return verify_chain(v, data, &x, proved_time(v, data, signer), false);
}

void pel_signature_read(pel_verifier *v, pel_span bytes, pel_signature *out)
{
    pel_indirect_data content;
    *out = (pel_signature){ .status = PEL_SIGNATURE_MALFORMED, .hash = PEL_HASH_NONE };
    if (pel_signed_data_read(bytes, &out->data) != PEL_OK)
        return;
    pel_signer_iter it = pel_signed_data_signers(&out->data);
    out->has_data = pel_signer_next(&it, &out->signer);
    pel_indirect_data_read(&out->data, &content);
    out->hash = content.hash;
    if (out->has_data)
        out->status = pel_verify_signer(v, &out->data, &out->signer);
}

pel_status pel_image_signature(pel_verifier *v, pel_signature *out)
{
    *out = (pel_signature){ .hash = PEL_HASH_NONE };
    pel_certificate_iter it = pel_image_certificates(v->image);
    for (pel_certificate c; pel_certificate_next(&it, &c);) {
        if (c.header.type != PEL_CERTIFICATE_PKCS_SIGNED_DATA)
            continue;
        pel_signature_read(v, c.content, out);
        return PEL_OK;
    }
    return PEL_NOT_FOUND;
}
