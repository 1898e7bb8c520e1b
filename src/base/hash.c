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

double pel_entropy(pel_span bytes)
{
    uint64_t counts[256] = { 0 };
    for (size_t i = 0; i < bytes.size; i++)
        counts[bytes.data[i]]++;
    return pel_entropy_of(counts, bytes.size);
}

double pel_entropy_of(const uint64_t counts[256], size_t size)
{
    double sum = 0;
    for (size_t i = 0; i < 256; i++) {
        if (counts[i] == 0)
            continue;
        double p = (double)counts[i] / (double)size;
        sum -= p * log2(p);
    }
    return sum;
}
