/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <math.h>
#include <openssl/evp.h>

#include "base/text.h"

static const char *const names[PEL_HASH_COUNT] = {
    [PEL_HASH_MD5] = "md5",       [PEL_HASH_SHA1] = "sha1",     [PEL_HASH_SHA256] = "sha256",
    [PEL_HASH_SHA384] = "sha384", [PEL_HASH_SHA512] = "sha512",
};

const char *pel_hash_name(pel_hash hash) { return hash < PEL_HASH_COUNT ? names[hash] : NULL; }

static bool feed(EVP_MD_CTX *ctx, const pel_span *parts, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = EVP_DigestUpdate(ctx, parts[i].data, parts[i].size) == 1;
    return good;
}

size_t pel_digest(pel_hash hash, const pel_span *parts, size_t count, uint8_t out[PEL_DIGEST_MAX])
{
    const char *name = pel_hash_name(hash);
    const EVP_MD *md = name ? EVP_get_digestbyname(name) : NULL;
    EVP_MD_CTX *ctx = md ? EVP_MD_CTX_new() : NULL;
    unsigned size = 0;
    bool good = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1 && feed(ctx, parts, count) &&
                EVP_DigestFinal_ex(ctx, out, &size) == 1;
    EVP_MD_CTX_free(ctx);
    return good ? size : 0;
}

pel_status pel_hash_text(pel_hash hash, pel_span bytes, char out[PEL_HASH_TEXT])
{
    uint8_t digest[PEL_DIGEST_MAX];
    size_t size = pel_digest(hash, &bytes, 1, digest);
    pel_hex_text((pel_span){ digest, size }, out, PEL_HASH_TEXT);
    return size ? PEL_OK : PEL_NO_MEMORY;
}

/* ---- entropy ----------------------------------------------------------- */

/* Four tables, so that equal neighbours need not wait for each other. */
#define LANES 4u

typedef struct histogram {
    uint64_t counts[LANES][256];
} histogram;

static void count_bytes(histogram *h, pel_span bytes)
{
    size_t i = 0;
    for (; bytes.size - i >= LANES; i += LANES) {
        h->counts[0][bytes.data[i]]++;
        h->counts[1][bytes.data[i + 1]]++;
        h->counts[2][bytes.data[i + 2]]++;
        h->counts[3][bytes.data[i + 3]]++;
    }
    for (; i < bytes.size; i++)
        h->counts[0][bytes.data[i]]++;
}

static double entropy_of(const histogram *h, size_t size)
{
    double sum = 0;
    for (size_t i = 0; i < 256; i++) {
        uint64_t count = h->counts[0][i] + h->counts[1][i] + h->counts[2][i] + h->counts[3][i];
        if (count == 0)
            continue;
        double p = (double)count / (double)size;
        sum -= p * log2(p);
    }
    return sum;
}

double pel_entropy(pel_span bytes)
{
    histogram h = { 0 };
    count_bytes(&h, bytes);
    return entropy_of(&h, bytes.size);
}

/* ---- all at once ------------------------------------------------------- */

/* Bytes that one function after the other takes while they are still in the cache. */
#define BLOCK ((size_t)32 * 1024)

enum { SUMMARY_HASHES = 3 };

static const pel_hash summary_hashes[SUMMARY_HASHES] = { PEL_HASH_MD5, PEL_HASH_SHA1,
                                                         PEL_HASH_SHA256 };

static bool begin(EVP_MD_CTX *contexts[SUMMARY_HASHES])
{
    bool good = true;
    for (size_t i = 0; i < SUMMARY_HASHES; i++) {
        const EVP_MD *md = EVP_get_digestbyname(pel_hash_name(summary_hashes[i]));
        contexts[i] = md ? EVP_MD_CTX_new() : NULL;
        good = good && contexts[i] && EVP_DigestInit_ex(contexts[i], md, NULL) == 1;
    }
    return good;
}

static bool take(EVP_MD_CTX *contexts[SUMMARY_HASHES], histogram *h, pel_span bytes)
{
    bool good = true;
    for (size_t at = 0; at < bytes.size && good; at += BLOCK) {
        pel_span block = pel_span_clip(bytes, at, BLOCK);
        count_bytes(h, block);
        for (size_t i = 0; i < SUMMARY_HASHES; i++)
            good = feed(contexts[i], &block, 1) && good;
    }
    return good;
}

static bool finish(EVP_MD_CTX *context, char out[PEL_HASH_TEXT])
{
    uint8_t digest[PEL_DIGEST_MAX];
    unsigned size = 0;
    bool good = EVP_DigestFinal_ex(context, digest, &size) == 1;
    pel_hex_text((pel_span){ digest, good ? size : 0 }, out, PEL_HASH_TEXT);
    return good;
}

pel_status pel_summarize(pel_span bytes, pel_summary *out)
{
    EVP_MD_CTX *contexts[SUMMARY_HASHES] = { NULL };
    histogram h = { 0 };
    *out = (pel_summary){ .entropy = 0 };
    bool good = begin(contexts) && take(contexts, &h, bytes) && finish(contexts[0], out->md5) &&
                finish(contexts[1], out->sha1) && finish(contexts[2], out->sha256);
    for (size_t i = 0; i < SUMMARY_HASHES; i++)
        EVP_MD_CTX_free(contexts[i]);
    out->entropy = entropy_of(&h, bytes.size);
    return good ? PEL_OK : PEL_NO_MEMORY;
}
