/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_PE_OID_H
#define PEL_PE_OID_H

/* Object identifiers that signatures use. */

#include <pelorus/certificates.h>

/* X(id, value as bytes of DER, what it is called, hash function) */
#define PEL_OIDS(X)                                                                                \
    X(MD5, "\x2a\x86\x48\x86\xf7\x0d\x02\x05", "md5", MD5)                                         \
    X(SHA1, "\x2b\x0e\x03\x02\x1a", "sha1", SHA1)                                                  \
    X(SHA256, "\x60\x86\x48\x01\x65\x03\x04\x02\x01", "sha256", SHA256)                            \
    X(SHA384, "\x60\x86\x48\x01\x65\x03\x04\x02\x02", "sha384", SHA384)                            \
    X(SHA512, "\x60\x86\x48\x01\x65\x03\x04\x02\x03", "sha512", SHA512)                            \
    X(RSA, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "rsa", NONE)                                    \
    X(RSA_MD5, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "md5-rsa", NONE)                            \
    X(RSA_SHA1, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "sha1-rsa", NONE)                          \
    X(RSA_PSS, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "rsa-pss", NONE)                            \
    X(RSA_SHA256, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "sha256-rsa", NONE)                      \
    X(RSA_SHA384, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "sha384-rsa", NONE)                      \
    X(RSA_SHA512, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "sha512-rsa", NONE)                      \
    X(EC, "\x2a\x86\x48\xce\x3d\x02\x01", "ec", NONE)                                              \
    X(ECDSA_SHA256, "\x2a\x86\x48\xce\x3d\x04\x03\x02", "sha256-ecdsa", NONE)                      \
    X(ECDSA_SHA384, "\x2a\x86\x48\xce\x3d\x04\x03\x03", "sha384-ecdsa", NONE)                      \
    X(SIGNED_DATA, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "signed-data", NONE)                    \
    X(TST_INFO, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04", "time-stamp", NONE)                \
    X(CONTENT_TYPE, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", "content-type", NONE)                  \
    X(MESSAGE_DIGEST, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", "message-digest", NONE)              \
    X(SIGNING_TIME, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", "signing-time", NONE)                  \
    X(COUNTER_SIGNATURE, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06", "counter-signature", NONE)        \
    X(INDIRECT_DATA, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04", "indirect-data", NONE)            \
    X(OPUS_INFO, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c", "opus-info", NONE)                    \
    X(NESTED, "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x01", "nested-signature", NONE)                \
    X(PAGES_SHA1, "\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x01", "page-hashes-sha1", SHA1)            \
    X(PAGES_SHA256, "\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x02", "page-hashes-sha256", SHA256)      \
    X(RFC3161, "\x2b\x06\x01\x04\x01\x82\x37\x03\x03\x01", "rfc3161-time-stamp", NONE)             \
    X(SIGNING_CERTIFICATE, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c", "signing-certificate",  \
      NONE)                                                                                        \
    X(SIGNING_CERTIFICATE_V2, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f",                      \
      "signing-certificate-v2", NONE)                                                              \
    X(SEQUENCE_NUMBER, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x19\x04", "sequence-number", NONE)        \
    X(AGENCY_INFO, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0a", "agency-info", NONE)                \
    X(STATEMENT_TYPE, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0b", "statement-type", NONE)          \
    X(PE_IMAGE_DATA, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f", "pe-image-data", NONE)            \
    X(INDIVIDUAL, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x15", "individual-code-signing", NONE)     \
    X(COMMERCIAL, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x16", "commercial-code-signing", NONE)     \
    X(SIP_INFO, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x1e", "sip-info", NONE)                      \
    X(SEAL_INTENT, "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x02", "intent-to-seal", NONE)             \
    X(SEAL, "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x03", "sealing-signature", NONE)                 \
    X(SEAL_TIME, "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x04", "sealing-time-stamp", NONE)           \
    X(RELAXED_MARKER, "\x2b\x06\x01\x04\x01\x82\x37\x02\x06\x01", "relaxed-pe-marker-check", NONE) \
    X(DIGEST_RETRIES, "\x2b\x06\x01\x04\x01\x82\x37\x02\x06\x02", "encrypted-digest-retry-count",  \
      NONE)                                                                                        \
    X(OLD_TIME_STAMP, "\x2b\x06\x01\x04\x01\x82\x37\x03\x02\x01", "old-time-stamp-request", NONE)  \
    X(MANIFEST_ID, "\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x1c", "manifest-binary-id", NONE)         \
    X(CODE_SIGNING, "\x2b\x06\x01\x05\x05\x07\x03\x03", "code-signing", NONE)                      \
    X(TIME_STAMPING, "\x2b\x06\x01\x05\x05\x07\x03\x08", "time-stamping", NONE)                    \
    X(NAME_CN, "\x55\x04\x03", "CN", NONE)                                                         \
    X(NAME_SERIAL, "\x55\x04\x05", "serialNumber", NONE)                                           \
    X(NAME_C, "\x55\x04\x06", "C", NONE)                                                           \
    X(NAME_L, "\x55\x04\x07", "L", NONE)                                                           \
    X(NAME_ST, "\x55\x04\x08", "ST", NONE)                                                         \
    X(NAME_STREET, "\x55\x04\x09", "street", NONE)                                                 \
    X(NAME_O, "\x55\x04\x0a", "O", NONE)                                                           \
    X(NAME_OU, "\x55\x04\x0b", "OU", NONE)                                                         \
    X(NAME_DC, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC", NONE)                             \
    X(NAME_MAIL, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", "emailAddress", NONE)

typedef enum pel_oid {
#define X(id, bytes, text, hash) PEL_OID_##id,
    PEL_OIDS(X)
#undef X
        PEL_OID_UNKNOWN
} pel_oid;

pel_oid pel_oid_of(pel_span value);

/** The hash function that it names. */
pel_hash pel_oid_hash(pel_span value);

#endif
