/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <math.h>
#include <openssl/evp.h>

pel_status pel_hash_text(pel_hash hash, pel_span bytes, char out[PEL_HASH_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    const EVP_MD *md = NULL;
    switch (hash) {
    case PEL_HASH_MD5: md = EVP_md5(); break;
    case PEL_HASH_SHA1: md = EVP_sha1(); break;
    case PEL_HASH_SHA256: md = EVP_sha256(); break;
    }
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    out[0] = '\0';
    if (!EVP_Digest(bytes.data, bytes.size, digest, &size, md, NULL) || 2 * size >= PEL_HASH_TEXT)
        return PEL_NO_MEMORY;
    for (unsigned i = 0; i < size; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * size] = '\0';
    return PEL_OK;
}

double pel_entropy(pel_span bytes)
{
    size_t counts[256] = { 0 };
    for (size_t i = 0; i < bytes.size; i++)
        counts[bytes.data[i]]++;
    double sum = 0;
    for (size_t i = 0; i < 256; i++) {
        if (counts[i] == 0)
            continue;
        double p = (double)counts[i] / (double)bytes.size;
        sum -= p * log2(p);
    }
    return sum;
}
