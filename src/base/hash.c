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

/* ---- a digest in the making -------------------------------------------- */

static void drop(pel_hasher *h)
{
    EVP_MD_CTX_free(h->context);
    h->context = NULL;
}

pel_hasher pel_hasher_begin(pel_hash hash)
{
    const char *name = pel_hash_name(hash);
    const EVP_MD *md = name ? EVP_get_digestbyname(name) : NULL;
    pel_hasher h = { .context = md ? EVP_MD_CTX_new() : NULL };
    if (h.context && EVP_DigestInit_ex(h.context, md, NULL) != 1)
        drop(&h);
    return h;
}

void pel_hasher_feed(pel_hasher *h, pel_span bytes)
{
    if (h->context && EVP_DigestUpdate(h->context, bytes.data, bytes.size) != 1)
        drop(h);
}

size_t pel_hasher_end(pel_hasher *h, uint8_t out[PEL_DIGEST_MAX])
{
    unsigned size = 0;
    bool good = h->context && EVP_DigestFinal_ex(h->context, out, &size) == 1;
    drop(h);
    return good ? size : 0;
}

size_t pel_digest(pel_hash hash, const pel_span *parts, size_t count, uint8_t out[PEL_DIGEST_MAX])
{
    pel_hasher h = pel_hasher_begin(hash);
    for (size_t i = 0; i < count; i++)
        pel_hasher_feed(&h, parts[i]);
    return pel_hasher_end(&h, out);
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

static void take(pel_hasher hashers[SUMMARY_HASHES], histogram *h, pel_span bytes)
{
    for (size_t at = 0; at < bytes.size; at += BLOCK) {
        pel_span block = pel_span_clip(bytes, at, BLOCK);
        count_bytes(h, block);
        for (size_t i = 0; i < SUMMARY_HASHES; i++)
            pel_hasher_feed(&hashers[i], block);
    }
}

pel_status pel_summarize(pel_span bytes, pel_summary *out)
{
    pel_hasher hashers[SUMMARY_HASHES];
    char *const texts[SUMMARY_HASHES] = { out->md5, out->sha1, out->sha256 };
    histogram h = { 0 };
    bool good = true;
    *out = (pel_summary){ .entropy = 0 };
    for (size_t i = 0; i < SUMMARY_HASHES; i++)
        hashers[i] = pel_hasher_begin(summary_hashes[i]);
    take(hashers, &h, bytes);
    for (size_t i = 0; i < SUMMARY_HASHES; i++) {
        uint8_t digest[PEL_DIGEST_MAX];
        size_t size = pel_hasher_end(&hashers[i], digest);
        pel_hex_text((pel_span){ digest, size }, texts[i], PEL_HASH_TEXT);
        good = good && size > 0;
    }
    out->entropy = entropy_of(&h, bytes.size);
    return good ? PEL_OK : PEL_NO_MEMORY;
}
