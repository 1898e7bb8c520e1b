/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#7 SignedData, and what Authenticode puts into it.
 *
 *   SEQUENCE { signedData, [0] { SEQUENCE {
 *     version, SET { hash functions }, SEQUENCE { type, [0] { content } },
 *     [0] certificates, [1] revocation lists, SET { signers } }}}
 */
#include <pelorus/certificates.h>

#include "base/der.h"
#include "pe/signed_data.h"

static pel_reader inside(pel_reader *r, uint8_t tag)
{
    pel_reader in = pel_der_reader(pel_der_take(r, tag));
    in.failed = r->failed;
    return in;
}

/* The algorithm of an AlgorithmIdentifier. */
static pel_span algorithm(pel_reader *r)
{
    pel_reader in = inside(r, PEL_DER_SEQUENCE);
    pel_span oid = pel_der_take(&in, PEL_DER_OID);
    r->failed |= in.failed;
    return oid;
}

pel_status pel_signed_data_read(pel_span der, pel_signed_data *out)
{
    pel_span ignored;
    *out = (pel_signed_data){ 0 };
    pel_reader top = pel_der_reader(der);
    pel_tlv all = pel_der_any(&top);
    pel_reader info = pel_der_reader(all.value);
    bool signed_data = pel_oid_of(pel_der_take(&info, PEL_DER_OID)) == PEL_OID_SIGNED_DATA;
    pel_reader outer = inside(&info, PEL_DER_0);
    pel_reader r = inside(&outer, PEL_DER_SEQUENCE);
    pel_der_take(&r, PEL_DER_INTEGER);
    pel_der_take(&r, PEL_DER_SET);
    pel_reader content = inside(&r, PEL_DER_SEQUENCE);
    pel_span type = pel_der_take(&content, PEL_DER_OID);
    pel_reader value = pel_der_reader((pel_span){ NULL, 0 });
    if (pel_der_optional(&content, PEL_DER_0, &value.bytes))
        out->content = pel_der_any(&value).value;
    pel_der_optional(&r, PEL_DER_0, &out->certificates);
    pel_der_optional(&r, PEL_DER_1, &ignored);
    out->signers = pel_der_take(&r, PEL_DER_SET);
    out->content_type = type;
    out->bytes = all.whole;
    bool good =
        all.tag == PEL_DER_SEQUENCE && signed_data && !r.failed && !content.failed && !value.failed;
    if (!good)
        *out = (pel_signed_data){ 0 };
    return good ? PEL_OK : PEL_MALFORMED;
}

/* ---- what Authenticode signs ------------------------------------------- */

/* The hashes of pages lie in what is meant to be the link to the file:
 *   SEQUENCE { flags, [0] { [1] { class, serialized: SET { SEQUENCE { OID, SET { hashes }}}}}}
 * each with 4 bytes of its page's offset before it. */
static void read_pages(pel_span image_data, pel_indirect_data *out)
{
    pel_span ignored;
    pel_reader r = pel_der_reader(image_data);
    pel_der_optional(&r, PEL_DER_BITS, &ignored);
    pel_reader link = inside(&r, PEL_DER_0);
    pel_reader object = inside(&link, PEL_DER_1);
    pel_der_take(&object, PEL_DER_OCTETS);
    pel_reader serialized = inside(&object, PEL_DER_OCTETS);
    pel_reader set = inside(&serialized, PEL_DER_SET);
    pel_reader attribute = inside(&set, PEL_DER_SEQUENCE);
    pel_oid oid = pel_oid_of(pel_der_take(&attribute, PEL_DER_OID));
    pel_reader values = inside(&attribute, PEL_DER_SET);
    pel_span hashes = pel_der_take(&values, PEL_DER_OCTETS);
    if (values.failed || (oid != PEL_OID_PAGES_SHA1 && oid != PEL_OID_PAGES_SHA256))
        return;
    out->page_hash = oid == PEL_OID_PAGES_SHA1 ? PEL_HASH_SHA1 : PEL_HASH_SHA256;
    out->page_count = (uint32_t)(hashes.size / (out->page_hash == PEL_HASH_SHA1 ? 24 : 36));
    out->pages = hashes;
}

bool pel_indirect_data_read(const pel_signed_data *data, pel_indirect_data *out)
{
    pel_span image_data;
    *out = (pel_indirect_data){ 0 };
    if (pel_oid_of(data->content_type) != PEL_OID_INDIRECT_DATA)
        return false;
    pel_reader r = pel_der_reader(data->content);
    pel_reader what = inside(&r, PEL_DER_SEQUENCE);
    pel_der_take(&what, PEL_DER_OID);
    pel_reader digest = inside(&r, PEL_DER_SEQUENCE);
    out->algorithm = algorithm(&digest);
    out->digest = pel_der_take(&digest, PEL_DER_OCTETS);
    out->hash = pel_oid_hash(out->algorithm);
    if (pel_der_optional(&what, PEL_DER_SEQUENCE, &image_data))
        read_pages(image_data, out);
    return !digest.failed && !what.failed;
}

/* ---- signers ----------------------------------------------------------- */

/* SEQUENCE { version, SEQUENCE { issuer, serial } or [0] key, hash function, [0] attributes,
 *            algorithm, signature, [1] attributes that are not signed } */
static bool read_signer(pel_span bytes, pel_signer *out)
{
    pel_span key;
    *out = (pel_signer){ 0 };
    pel_reader r = pel_der_reader(bytes);
    pel_der_take(&r, PEL_DER_INTEGER);
    if (!pel_der_optional(&r, PEL_DER_STRING_0, &key)) {
        pel_reader name = inside(&r, PEL_DER_SEQUENCE);
        out->issuer = pel_der_any(&name).whole;
        out->serial = pel_der_take(&name, PEL_DER_INTEGER);
        r.failed |= name.failed;
    }
    out->digest_algorithm = algorithm(&r);
    out->hash = pel_oid_hash(out->digest_algorithm);
    pel_der_optional(&r, PEL_DER_0, &out->attributes);
    out->signature_algorithm = algorithm(&r);
    out->signature = pel_der_take(&r, PEL_DER_OCTETS);
    bool good = !r.failed;
    pel_der_optional(&r, PEL_DER_1, &out->unsigned_attributes);
    return good;
}

/* Take the next value of a list of SEQUENCEs. */
static bool next_sequence(pel_span *left, pel_status *status, pel_tlv *out)
{
    if (left->size == 0)
        return false;
    pel_reader r = pel_der_reader(*left);
    *out = pel_der_any(&r);
    *left = pel_span_clip(*left, r.pos, r.failed ? 0 : UINT64_MAX);
    if (r.failed)
        *status = PEL_MALFORMED;
    return !r.failed;
}

pel_signer_iter pel_signed_data_signers(const pel_signed_data *data)
{
    return (pel_signer_iter){ .left = data->signers };
}

bool pel_signer_next(pel_signer_iter *it, pel_signer *out)
{
    pel_tlv tlv;
    *out = (pel_signer){ 0 };
    if (!next_sequence(&it->left, &it->status, &tlv))
        return false;
    if (tlv.tag == PEL_DER_SEQUENCE && read_signer(tlv.value, out))
        return true;
    it->left.size = 0;
    it->status = PEL_MALFORMED;
    return false;
}

pel_x509_iter pel_signed_data_certificates(const pel_signed_data *data)
{
    return (pel_x509_iter){ .left = data->certificates };
}

bool pel_x509_next(pel_x509_iter *it, pel_x509 *out)
{
    pel_tlv tlv;
    *out = (pel_x509){ 0 };
    if (!next_sequence(&it->left, &it->status, &tlv))
        return false;
    pel_x509_read(tlv.whole, out);
    return true;
}

bool pel_signer_certificate(const pel_signer *signer, const pel_signed_data *data, pel_x509 *out)
{
    pel_x509_iter it = pel_signed_data_certificates(data);
    while (signer->serial.size && pel_x509_next(&it, out))
        if (pel_span_same(out->serial, signer->serial) &&
            pel_span_same(out->issuer, signer->issuer))
            return true;
    *out = (pel_x509){ 0 };
    return false;
}

/* ---- attributes -------------------------------------------------------- */

bool pel_attribute_next(pel_span *attributes, pel_oid wanted, pel_span *values)
{
    pel_tlv tlv;
    pel_status ignored;
    while (next_sequence(attributes, &ignored, &tlv)) {
        pel_reader r = pel_der_reader(tlv.value);
        pel_oid oid = pel_oid_of(pel_der_take(&r, PEL_DER_OID));
        *values = pel_der_take(&r, PEL_DER_SET);
        if (!r.failed && oid == wanted)
            return true;
    }
    *values = (pel_span){ NULL, 0 };
    return false;
}

pel_tlv pel_signer_attribute(const pel_signer *signer, pel_oid oid)
{
    pel_span left = signer->attributes, values;
    pel_attribute_next(&left, oid, &values);
    pel_reader r = pel_der_reader(values);
    return pel_der_any(&r);
}

uint64_t pel_signer_time(const pel_signer *signer)
{
    pel_tlv time = pel_signer_attribute(signer, PEL_OID_SIGNING_TIME);
    return pel_der_time(&time);
}

/* SpcString in an explicit tag: [0] of 16-bit characters, or [1] of ASCII. */
static void read_string(pel_span bytes, char *out, size_t size)
{
    size_t used = 0;
    pel_reader r = pel_der_reader(bytes);
    pel_tlv text = pel_der_any(&r);
    pel_der_text(text.tag == PEL_DER_STRING_0 ? PEL_DER_BMP : PEL_DER_UTF8, text.value, out, size,
                 &used);
}

/* SpcLink: [0] a URL, or [2] a file's name; [1] would be an object. */
static void read_link(pel_span bytes, char *out, size_t size)
{
    size_t used = 0;
    pel_reader r = pel_der_reader(bytes);
    pel_tlv link = pel_der_any(&r);
    if (link.tag == PEL_DER_STRING_0)
        pel_der_text(PEL_DER_UTF8, link.value, out, size, &used);
    else if (link.tag == PEL_DER_2)
        read_string(link.value, out, size);
}

bool pel_signer_program(const pel_signer *signer, char *name, char *url, size_t size)
{
    pel_span part;
    pel_tlv info = pel_signer_attribute(signer, PEL_OID_OPUS_INFO);
    pel_reader r = pel_der_reader(info.value);
    if (size == 0)
        return false;
    name[0] = url[0] = '\0';
    if (pel_der_optional(&r, PEL_DER_0, &part))
        read_string(part, name, size);
    if (pel_der_optional(&r, PEL_DER_1, &part))
        read_link(part, url, size);
    return name[0] != '\0' || url[0] != '\0';
}

/* ---- what hangs on a signer -------------------------------------------- */

/* The next value of the attributes of one kind, which may have several each. */
static bool next_value(pel_span *attributes, pel_span *values, pel_oid oid, pel_tlv *out)
{
    pel_status ignored;
    while (!next_sequence(values, &ignored, out))
        if (!pel_attribute_next(attributes, oid, values))
            return false;
    return true;
}

pel_nested_iter pel_signer_nested(const pel_signer *signer)
{
    return (pel_nested_iter){ .attributes = signer->unsigned_attributes };
}

bool pel_nested_next(pel_nested_iter *it, pel_span *out)
{
    pel_tlv tlv;
    bool any = next_value(&it->attributes, &it->values, PEL_OID_NESTED, &tlv);
    *out = any ? tlv.whole : (pel_span){ NULL, 0 };
    return any;
}

pel_timestamp_iter pel_signer_timestamps(const pel_signer *signer, const pel_signed_data *data)
{
    return (pel_timestamp_iter){ .data = data,
                                 .all = signer->unsigned_attributes,
                                 .attributes = signer->unsigned_attributes };
}

/* TSTInfo: SEQUENCE { version, policy, SEQUENCE { hash function, digest }, serial, time, ... } */
static bool read_token(pel_span bytes, pel_timestamp *out)
{
    out->rfc3161 = true;
    if (pel_signed_data_read(bytes, &out->data) != PEL_OK ||
        pel_oid_of(out->data.content_type) != PEL_OID_TST_INFO)
        return false;
    pel_reader octets = pel_der_reader(out->data.content);
    pel_reader r = inside(&octets, PEL_DER_SEQUENCE);
    pel_der_take(&r, PEL_DER_INTEGER);
    pel_der_take(&r, PEL_DER_OID);
    pel_reader imprint = inside(&r, PEL_DER_SEQUENCE);
    out->hash = pel_oid_hash(algorithm(&imprint));
    out->imprint = pel_der_take(&imprint, PEL_DER_OCTETS);
    pel_der_take(&r, PEL_DER_INTEGER);
    pel_tlv time = pel_der_any(&r);
    out->time = pel_der_time(&time);
    pel_signer_iter it = pel_signed_data_signers(&out->data);
    return !imprint.failed && pel_signer_next(&it, &out->signer);
}

static bool read_counter(const pel_tlv *tlv, const pel_signed_data *data, pel_timestamp *out)
{
    out->data = *data;
    bool good = tlv->tag == PEL_DER_SEQUENCE && read_signer(tlv->value, &out->signer);
    out->time = pel_signer_time(&out->signer);
    return good;
}

/* The next one that can be read, of one kind. */
static bool next_of_kind(pel_timestamp_iter *it, pel_timestamp *out)
{
    pel_tlv tlv;
    pel_oid oid = it->rfc3161 ? PEL_OID_RFC3161 : PEL_OID_COUNTER_SIGNATURE;
    while (next_value(&it->attributes, &it->values, oid, &tlv)) {
        *out = (pel_timestamp){ 0 };
        if (it->rfc3161 ? read_token(tlv.whole, out) : read_counter(&tlv, it->data, out))
            return true;
    }
    *out = (pel_timestamp){ 0 };
    return false;
}

bool pel_timestamp_next(pel_timestamp_iter *it, pel_timestamp *out)
{
    if (next_of_kind(it, out))
        return true;
    if (it->rfc3161)
        return false;
    it->rfc3161 = true;
    it->attributes = it->all;
    return next_of_kind(it, out);
}
