/* SPDX-License-Identifier: Apache-2.0 */
#include "base/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/os.h"

/* Certificates between the signer's and the one that is trusted. */
#define CHAIN_DEPTH 16

struct pel_trust {
    pel_allocator allocator;
    X509_STORE *store;
};

static X509 *decode(pel_span certificate)
{
    const unsigned char *at = certificate.data;
    bool small = certificate.size > 0 && certificate.size <= PEL_CERTIFICATE_MAX;
    return small ? d2i_X509(NULL, &at, (long)certificate.size) : NULL;
}

/* ---- one signature ----------------------------------------------------- */

static pel_proof verify(EVP_MD_CTX *ctx, EVP_PKEY *key, pel_hash hash, const pel_span *parts,
                        size_t count, pel_span signature)
{
    const EVP_MD *md = EVP_get_digestbyname(pel_hash_name(hash));
    if (!ctx || !md || EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) != 1)
        return PEL_PROOF_UNKNOWN;
    for (size_t i = 0; i < count; i++)
        if (EVP_DigestVerifyUpdate(ctx, parts[i].data, parts[i].size) != 1)
            return PEL_PROOF_UNKNOWN;
    bool good = EVP_DigestVerifyFinal(ctx, signature.data, signature.size) == 1;
    return good ? PEL_PROOF_YES : PEL_PROOF_NO;
}

pel_proof pel_proves(pel_span certificate, pel_hash hash, const pel_span *parts, size_t count,
                     pel_span signature)
{
    pel_proof proof = PEL_PROOF_UNKNOWN;
    if (!pel_hash_name(hash))
        return proof;
    ERR_set_mark(); /* failures are answers here: none may stay behind in the host's queue */
    X509 *x = decode(certificate);
    EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
    if (key) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        proof = verify(ctx, key, hash, parts, count, signature);
        EVP_MD_CTX_free(ctx);
    }
    X509_free(x);
    ERR_pop_to_mark();
    return proof;
}

/* ---- chains ------------------------------------------------------------ */

/* A certificate that does not say what it is for is for anything. */
static bool made_for(X509 *x, bool stamps)
{
    uint32_t wanted = stamps ? XKU_TIMESTAMP : XKU_CODE_SIGN;
    return (X509_get_extended_key_usage(x) & wanted) != 0;
}

static STACK_OF(X509) * stack_of(const pel_chain *chain)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    for (size_t i = 0; stack && i < chain->other_count; i++) {
        X509 *x = decode(chain->others[i]);
        if (x && sk_X509_push(stack, x) == 0)
            X509_free(x);
    }
    return stack;
}

static pel_proof walk(X509_STORE_CTX *ctx, const pel_chain *chain)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
    if (chain->time)
        X509_VERIFY_PARAM_set_time(param, (time_t)chain->time);
    if (X509_verify_cert(ctx) == 1)
        return PEL_PROOF_YES;
    int why = X509_STORE_CTX_get_error(ctx);
    bool time = why == X509_V_ERR_CERT_HAS_EXPIRED || why == X509_V_ERR_CERT_NOT_YET_VALID;
    return time ? PEL_PROOF_EXPIRED : PEL_PROOF_NO;
}

static pel_proof check(const pel_trust *trust, X509 *x, STACK_OF(X509) * others,
                       const pel_chain *chain)
{
    if (!x || !others)
        return PEL_PROOF_UNKNOWN;
    if (!made_for(x, chain->for_stamps))
        return PEL_PROOF_NO;
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    pel_proof proof = PEL_PROOF_UNKNOWN;
    if (ctx && X509_STORE_CTX_init(ctx, trust->store, x, others) == 1)
        proof = walk(ctx, chain);
    X509_STORE_CTX_free(ctx);
    return proof;
}

pel_proof pel_trust_check(const pel_trust *trust, const pel_chain *chain)
{
    ERR_set_mark();
    X509 *x = decode(chain->certificate);
    STACK_OF(X509) *others = stack_of(chain);
    pel_proof proof = check(trust, x, others, chain);
    sk_X509_pop_free(others, X509_free);
    X509_free(x);
    ERR_pop_to_mark();
    return proof;
}

/* ---- what is trusted --------------------------------------------------- */

static pel_status add_all(X509_STORE *store, BIO *pem)
{
    unsigned count = 0;
    X509 *x;
    while ((x = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL) {
        bool added = X509_STORE_add_cert(store, x) == 1;
        X509_free(x);
        if (!added)
            return PEL_NO_MEMORY;
        count++;
    }
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!ended)
        return PEL_MALFORMED;
    return count ? PEL_OK : PEL_NOT_FOUND;
}

static pel_status fill(pel_trust *trust, pel_span pem)
{
    BIO *bio = pem.size <= INT32_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
    trust->store = X509_STORE_new();
    ERR_set_mark();
    pel_status st = bio && trust->store ? add_all(trust->store, bio) : PEL_NO_MEMORY;
    ERR_pop_to_mark();
    BIO_free(bio);
    return st;
}

pel_status pel_trust_parse(pel_span pem, const pel_allocator *allocator, pel_trust **out)
{
    if (!out || (!pem.data && pem.size))
        return PEL_BAD_ARG;
    *out = NULL;
    if (pem.size == 0)
        return PEL_NOT_FOUND;
    const pel_allocator a = pel_allocator_or_default(allocator);
    pel_trust *trust = pel_take(&a, sizeof *trust);
    if (!trust)
        return PEL_NO_MEMORY;
    trust->allocator = a;
    pel_status st = fill(trust, pem);
    if (st == PEL_OK)
        *out = trust;
    else
        pel_trust_free(trust);
    return st;
}

pel_status pel_trust_open(const char *path, const pel_allocator *allocator, pel_trust **out)
{
    pel_span pem;
    if (!path || !out)
        return PEL_BAD_ARG;
    *out = NULL;
    PEL_TRY(pel_os_map_file(path, &pem));
    pel_status st = pel_trust_parse(pem, allocator, out);
    pel_os_unmap_file(pem);
    return st;
}

void pel_trust_free(pel_trust *trust)
{
    if (!trust)
        return;
    const pel_allocator a = trust->allocator;
    X509_STORE_free(trust->store);
    pel_give(&a, trust, sizeof *trust);
}
