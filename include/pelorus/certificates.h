/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_CERTIFICATES_H
#define PELORUS_CERTIFICATES_H

/* Signatures of a file: the certificate table (the one directory with a file offset), the PKCS#7
 * structures in it, whom they name, and whether they hold.
 *
 *   certificate table --> WIN_CERTIFICATE --> SignedData --> content: the digest of the file
 *                         WIN_CERTIFICATE                    certificates
 *                                                            signers --> time stamps, nested ones
 *
 * Cursors are plain structs and valid as long as the image; spans are borrowed from its file.
 * Nothing is allocated but by libcrypto, and only to verify. Whatever is read is DER, and bounded
 * by the bytes that there are. Sources: PKCS #7 1.5 (RFC 2315), RFC 5280, RFC 3161, and Microsoft's
 * "Windows Authenticode Portable Executable Signature Format". */

#include <pelorus/image.h>
#include <pelorus/trust.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the table --------------------------------------------------------- */

/** An entry of the certificate table. */
typedef struct pel_certificate {
    pel_win_certificate header;
    pel_foff offset;  /**< of the entry in the file */
    pel_span content; /**< behind the header, as far as it is there */
} pel_certificate;

/** Walks the table. `status` says why it ended: PEL_OK at its end, PEL_TRUNCATED when the file or
 *  the table ends inside of an entry, PEL_MALFORMED at a dwLength below 8. */
typedef struct pel_certificate_iter {
    pel_span file;
    uint64_t next, end; /**< file offsets */
    pel_status status;
} pel_certificate_iter;

PEL_API pel_certificate_iter pel_image_certificates(const pel_image *image);

/** The next entry; also one that is cut, which is the last. */
PEL_API bool pel_certificate_next(pel_certificate_iter *it, pel_certificate *out);

/* ---- the digest of a file ---------------------------------------------- */

/** The digest that a signature of the file signs: of all bytes but CheckSum, the directory entry of
 *  the certificate table, and the table. A file without a table counts as if zeros filled it up to
 * a multiple of 8, as signing would. The size of the digest in bytes; 0
 *  when the file is no PE file with an optional header, when it has the layout of memory (where the
 *  table is not), or when libcrypto has no such function. */
PEL_API size_t pel_image_authentihash(const pel_image *image, pel_hash hash,
                                      uint8_t out[PEL_DIGEST_MAX]);

/** The digest of the first page of a file: its headers up to SizeOfHeaders, 4 KiB at most, without
 *  what signatures do not cover, filled up with zeros. Policies of Windows (WDAC) name files
 *  by it, beside the digest of all; it is the first entry of page hashes, too
 * (SPC_PAGE_HASH_ENTRY). The size of the digest in bytes; 0 as for pel_image_authentihash, and when
 * the file ends before. */
PEL_API size_t pel_image_first_page_hash(const pel_image *image, pel_hash hash,
                                         uint8_t out[PEL_DIGEST_MAX]);

/** The name of a function, "sha256"; NULL for PEL_HASH_NONE. */
PEL_API const char *pel_digest_name(pel_hash hash);

/* ---- SignedData -------------------------------------------------------- */

/** A PKCS#7 structure of signed data. OIDs are the bytes of their value. */
typedef struct pel_signed_data {
    pel_span bytes;        /**< all of it; what follows in the entry is padding, or smuggled */
    pel_span content_type; /**< OID */
    pel_span content;      /**< its value: what the signers' digest is the digest of */
    pel_span certificates; /**< one behind the other */
    pel_span signers;      /**< the same */
} pel_signed_data;

/** Read the structure at the start of `der`. PEL_MALFORMED. */
PEL_API pel_status pel_signed_data_read(pel_span der, pel_signed_data *out);

/** What Authenticode signs: SpcIndirectDataContent. */
typedef struct pel_indirect_data {
    pel_hash hash;
    pel_span algorithm; /**< OID of the hash function */
    pel_span digest;    /**< of the file */
    pel_hash page_hash; /**< PEL_HASH_NONE: no hashes of pages */
    uint32_t page_count;
    pel_span pages; /**< the hashes of pages, for pel_page_hashes */
} pel_indirect_data;

/** False when the content is something else, or malformed. */
PEL_API bool pel_indirect_data_read(const pel_signed_data *data, pel_indirect_data *out);

/** SPC_PAGE_HASH_ENTRY: the digest of one page of the file. Pages have 4096 bytes and do not cross
 *  from one section into the next; what is missing is hashed as zeros. */
typedef struct pel_page_hash {
    uint32_t offset; /**< PageOffset: of the page in the file; of the last entry, where the file's
                          sections end */
    pel_span digest;
    bool is_end; /**< the last entry, whose digest is zero */
} pel_page_hash;

/** Walks hashes of pages. */
typedef struct pel_page_hash_iter {
    const pel_image *image;
    pel_hash hash;
    pel_span left;
    uint32_t section; /**< where the last page was found */
} pel_page_hash_iter;

PEL_API pel_page_hash_iter pel_page_hashes(const pel_image *image, const pel_indirect_data *data);
PEL_API bool pel_page_hash_next(pel_page_hash_iter *it, pel_page_hash *out);

/** An OID in words where it is known ("sha256"), else in numbers ("1.2.840"); never NULL. */
PEL_API const char *pel_oid_text(pel_span oid, char *buffer, size_t size);

/* ---- certificates ------------------------------------------------------ */

/** What is read of an X.509 certificate. */
typedef struct pel_x509 {
    pel_span bytes;           /**< the certificate: what thumbprints are digests of */
    pel_span serial;          /**< the integer, highest byte first */
    pel_span issuer, subject; /**< names, for pel_name_text */
    uint64_t not_before;      /**< seconds since 1970; 0 when it is no date */
    uint64_t not_after;
} pel_x509;

/** Walks certificates. Those that are malformed have only `bytes`. */
typedef struct pel_x509_iter {
    pel_span left;
    pel_status status; /**< PEL_OK, or PEL_MALFORMED when the list itself is */
} pel_x509_iter;

PEL_API pel_x509_iter pel_signed_data_certificates(const pel_signed_data *data);
PEL_API bool pel_x509_next(pel_x509_iter *it, pel_x509 *out);

/** A name as text in `out`, cut to `size`: "CN=Example, O=Example Inc., C=US", in the order of the
 *  certificate. Values are escaped as RFC 4514 says ("O=Example\, Inc."), so that none looks like
 *  several; "+" joins those of one set. Not a name: empty. The length that it wants, as snprintf.
 */
PEL_API size_t pel_name_text(pel_span name, char *out, size_t size);

/** The value of its common name alone; all of the name when it has none, or several. */
PEL_API size_t pel_name_common(pel_span name, char *out, size_t size);

/** True when issuer and subject are the same: nobody but its owner says whose it is. */
PEL_API bool pel_x509_is_self_signed(const pel_x509 *certificate);

/* ---- signers ----------------------------------------------------------- */

/** A SignerInfo. */
typedef struct pel_signer {
    pel_span issuer, serial; /**< of its certificate; empty when it is named by its key */
    pel_hash hash;
    pel_span digest_algorithm, signature_algorithm; /**< OIDs */
    pel_span attributes;                            /**< signed ones */
    pel_span unsigned_attributes;
    pel_span signature;
} pel_signer;

/** Walks signers; `status` as that of pel_x509_iter. */
typedef struct pel_signer_iter {
    pel_span left;
    pel_status status;
} pel_signer_iter;

PEL_API pel_signer_iter pel_signed_data_signers(const pel_signed_data *data);
PEL_API bool pel_signer_next(pel_signer_iter *it, pel_signer *out);

/** The certificate of a signer among those of `data`; false when it is not there. */
PEL_API bool pel_signer_certificate(const pel_signer *signer, const pel_signed_data *data,
                                    pel_x509 *out);

/** What a publisher says about the program (SpcSpOpusInfo), as text cut to `size` each. False when
 *  it says nothing. */
PEL_API bool pel_signer_program(const pel_signer *signer, char *name, char *url, size_t size);

/** signingTime, in seconds since 1970: the signer's claim. 0 when there is none. */
PEL_API uint64_t pel_signer_time(const pel_signer *signer);

/** Walks what hangs on a signer: signatures of the same file within this one. */
typedef struct pel_nested_iter {
    pel_span attributes, values;
} pel_nested_iter;

PEL_API pel_nested_iter pel_signer_nested(const pel_signer *signer);

/** The next one's bytes, for pel_signed_data_read. */
PEL_API bool pel_nested_next(pel_nested_iter *it, pel_span *out);

/** A time stamp: somebody else signed the signature, and so says when it was there. */
typedef struct pel_timestamp {
    bool rfc3161;         /**< a token of its own; else a counter signature of PKCS#9 */
    uint64_t time;        /**< seconds since 1970; 0 when it has none */
    pel_signer signer;    /**< who stamped */
    pel_signed_data data; /**< where its certificate is */
    pel_hash hash;        /**< RFC 3161: of `imprint`, which is that of the signature */
    pel_span imprint;
} pel_timestamp;

/** Walks time stamps; those that are malformed are passed over. */
typedef struct pel_timestamp_iter {
    const pel_signed_data *data; /**< where counter signatures find certificates */
    pel_span all, attributes, values;
    bool rfc3161; /**< the second round */
} pel_timestamp_iter;

PEL_API pel_timestamp_iter pel_signer_timestamps(const pel_signer *signer,
                                                 const pel_signed_data *data);
PEL_API bool pel_timestamp_next(pel_timestamp_iter *it, pel_timestamp *out);

/* ---- verification ------------------------------------------------------ */

/** How a signature stands; the first that holds, from bad to good. */
typedef enum pel_signature_status {
    PEL_SIGNATURE_MALFORMED,       /**< not PKCS#7, or without a signer */
    PEL_SIGNATURE_UNSUPPORTED,     /**< content, hash function or kind of key unknown */
    PEL_SIGNATURE_LIMIT,           /**< not verified: the file has had its share of work */
    PEL_SIGNATURE_DIGEST_MISMATCH, /**< signed for other bytes than those of the file */
    PEL_SIGNATURE_NO_CERTIFICATE,  /**< the signer's is not there */
    PEL_SIGNATURE_BAD,             /**< the signer's key did not make it */
    PEL_SIGNATURE_UNTRUSTED,       /**< intact, but the chain does not lead to what is trusted */
    PEL_SIGNATURE_EXPIRED,         /**< intact, but a certificate was not valid at that time */
    PEL_SIGNATURE_INTACT,          /**< all that can be said without trusted certificates */
    PEL_SIGNATURE_VALID,           /**< intact, and the chain leads to one that is trusted */
} pel_signature_status;

/** "valid", "digest-mismatch", ...; never NULL. */
PEL_API const char *pel_signature_status_name(pel_signature_status status);

/** Verifies what an image has; keeps the digests of the file, and count of the work that is left.
 *  All fields are its own. */
typedef struct pel_verifier {
    const pel_image *image;
    const pel_trust *trust;
    uint64_t bytes_left;
    uint32_t keys_left;
    size_t sizes[PEL_HASH_COUNT]; /**< of `digests`; 0: not made yet */
    uint8_t digests[PEL_HASH_COUNT][PEL_DIGEST_MAX];
} pel_verifier;

/** `trust` may be NULL: then nothing is better than PEL_SIGNATURE_INTACT. */
PEL_API pel_verifier pel_verifier_of(const pel_image *image, const pel_trust *trust);

/** The digest of the image, made once; as pel_image_authentihash. */
PEL_API pel_span pel_verifier_digest(pel_verifier *v, pel_hash hash);

/** The digest of a page that `it` has just given, as the file has it: its size in bytes, or 0 when
 *  no byte of the file is there, it is the last entry, or there is no work left. The first page is
 *  hashed without CheckSum and the directory entry of the certificate table. */
PEL_API size_t pel_verifier_page(pel_verifier *v, pel_page_hash_iter *it, const pel_page_hash *page,
                                 uint8_t out[PEL_DIGEST_MAX]);

/** Does the signature hold for the image? With trusted certificates its chain is judged at the
 *  time of its first time stamp that is valid; without one, now. */
PEL_API pel_signature_status pel_verify_signer(pel_verifier *v, const pel_signed_data *data,
                                               const pel_signer *signer);

/** Does the time stamp hold for the signature of `signer`? Judged at its own time. */
PEL_API pel_signature_status pel_verify_timestamp(pel_verifier *v, const pel_signer *signer,
                                                  const pel_timestamp *stamp);

/** A signature by its first signer. What Windows looks at is that of the first entry that is
 * PKCS#7. */
typedef struct pel_signature {
    pel_signature_status status;
    pel_hash hash; /**< of the file */
    bool has_data; /**< the next two could be read */
    pel_signed_data data;
    pel_signer signer;
} pel_signature;

/** Judge the first signer of a PKCS#7 structure, of a nested one for example. */
PEL_API void pel_signature_read(pel_verifier *v, pel_span bytes, pel_signature *out);

/** PEL_NOT_FOUND when the file has none. */
PEL_API pel_status pel_image_signature(pel_verifier *v, pel_signature *out);

#ifdef __cplusplus
}
#endif
#endif
