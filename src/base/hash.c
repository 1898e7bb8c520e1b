/* SPDX-License-Identifier: Apache-2.0 */
/* These functions of OpenSSL 1.1 are kept by 3, which would have others used; but those load
 * providers and read a configuration before they hash a byte, 1.3 ms of the 4 that a small file
 * takes. */
#define OPENSSL_API_COMPAT 10101
#include "base/hash.h"

#include <math.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"

typedef union state {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
} state;

/* A hash by its name, its size in bytes, and libcrypto's functions with a state of any hash. */
typedef struct row {
    const char *name;
    size_t size;
    int (*init)(state *s);
    int (*update)(state *s, const void *data, size_t size);
    int (*final)(uint8_t *out, state *s);
} row;

#define FUNCTIONS(PREFIX, member)                                                                  \
    static int PREFIX##_init(state *s) { return PREFIX##_Init(&s->member); }                       \
    static int PREFIX##_update(state *s, const void *data, size_t size)                            \
    {                                                                                              \
        return PREFIX##_Update(&s->member, data, size);                                            \
    }                                                                                              \
    static int PREFIX##_final(uint8_t *out, state *s) { return PREFIX##_Final(out, &s->member); }
FUNCTIONS(MD5, md5)
FUNCTIONS(SHA1, sha1)
FUNCTIONS(SHA256, sha256)
FUNCTIONS(SHA384, sha512)
FUNCTIONS(SHA512, sha512)

#define ROW(name, PREFIX)                                                                          \
    {                                                                                              \
        name, PREFIX##_DIGEST_LENGTH, PREFIX##_init, PREFIX##_update, PREFIX##_final               \
    }
#define SHA1_DIGEST_LENGTH SHA_DIGEST_LENGTH
static const row rows[PEL_HASH_COUNT] = {
    [PEL_HASH_MD5] = ROW("md5", MD5),          [PEL_HASH_SHA1] = ROW("sha1", SHA1),
    [PEL_HASH_SHA256] = ROW("sha256", SHA256), [PEL_HASH_SHA384] = ROW("sha384", SHA384),
    [PEL_HASH_SHA512] = ROW("sha512", SHA512),
};

const char *pel_hash_name(pel_hash hash) { return hash < PEL_HASH_COUNT ? rows[hash].name : NULL; }

size_t pel_digest(pel_hash hash, const pel_span *parts, size_t count, uint8_t out[PEL_DIGEST_MAX])
{
    state s;
    const row *h = pel_hash_name(hash) ? &rows[hash] : NULL;
    bool good = h && h->init(&s) == 1;
    for (size_t i = 0; i < count && good; i++)
        good = parts[i].size == 0 || h->update(&s, parts[i].data, parts[i].size) == 1;
    return good && h->final(out, &s) == 1 ? h->size : 0;
}

pel_status pel_hash_text(pel_hash hash, pel_span bytes, char out[PEL_HASH_TEXT])
{
    uint8_t digest[PEL_DIGEST_MAX];
    size_t size = pel_digest(hash, &bytes, 1, digest);
    pel_hex_text((pel_span){ digest, size }, out, PEL_HASH_TEXT);
    return size ? PEL_OK : PEL_NO_MEMORY;
}

/* Bytes one behind the other are often the same, and a counter cannot be raised before it is
 * written back: eight sets of counters in turn are three times as fast as one. */
#define LANES 8

static void count_bytes(pel_span bytes, uint64_t counts[256])
{
    uint64_t lanes[LANES][256] = { { 0 } };
    size_t at = 0;
    for (; bytes.size - at >= LANES; at += LANES) {
        uint64_t eight = pel_span_u64(bytes, at);
        lanes[0][eight & 0xff]++;
        lanes[1][eight >> 8 & 0xff]++;
        lanes[2][eight >> 16 & 0xff]++;
        lanes[3][eight >> 24 & 0xff]++;
        lanes[4][eight >> 32 & 0xff]++;
        lanes[5][eight >> 40 & 0xff]++;
        lanes[6][eight >> 48 & 0xff]++;
        lanes[7][eight >> 56]++;
    }
    for (; at < bytes.size; at++)
        lanes[0][bytes.data[at]]++;
    memset(counts, 0, 256 * sizeof *counts);
    for (size_t lane = 0; lane < LANES; lane++)
        for (size_t value = 0; value < 256; value++)
            counts[value] += lanes[lane][value];
}

double pel_entropy(pel_span bytes)
{
    uint64_t counts[256];
    double sum = 0;
    count_bytes(bytes, counts);
    for (size_t i = 0; i < 256; i++) {
        if (counts[i] == 0)
            continue;
        double p = (double)counts[i] / (double)bytes.size;
        sum -= p * log2(p);
    }
    return sum;
}
