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

/* ---- a digest in the making -------------------------------------------- */

_Static_assert(sizeof(state) <= sizeof((pel_hasher){ 0 }.state), "a state fits into a hasher");

pel_hasher pel_hasher_begin(pel_hash hash)
{
    pel_hasher h = { .hash = hash };
    h.good = pel_hash_name(hash) && rows[hash].init((state *)h.state) == 1;
    return h;
}

void pel_hasher_feed(pel_hasher *h, pel_span bytes)
{
    if (h->good && bytes.size > 0)
        h->good = rows[h->hash].update((state *)h->state, bytes.data, bytes.size) == 1;
}

size_t pel_hasher_end(pel_hasher *h, uint8_t out[PEL_DIGEST_MAX])
{
    h->good = h->good && rows[h->hash].final(out, (state *)h->state) == 1;
    return h->good ? rows[h->hash].size : 0;
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

/* Bytes one behind the other are often the same, and a counter cannot be raised before it is
 * written back: eight sets of counters in turn are three times as fast as one. */
#define LANES 8

typedef struct histogram {
    uint64_t counts[LANES][256];
} histogram;

static void count_bytes(histogram *h, pel_span bytes)
{
    size_t at = 0;
    for (; bytes.size - at >= LANES; at += LANES) {
        uint64_t eight = pel_span_u64(bytes, at);
        h->counts[0][eight & 0xff]++;
        h->counts[1][eight >> 8 & 0xff]++;
        h->counts[2][eight >> 16 & 0xff]++;
        h->counts[3][eight >> 24 & 0xff]++;
        h->counts[4][eight >> 32 & 0xff]++;
        h->counts[5][eight >> 40 & 0xff]++;
        h->counts[6][eight >> 48 & 0xff]++;
        h->counts[7][eight >> 56]++;
    }
    for (; at < bytes.size; at++)
        h->counts[0][bytes.data[at]]++;
}

static void sum_lanes(const histogram *h, uint64_t counts[256])
{
    for (size_t i = 0; i < 256; i++) {
        counts[i] = 0;
        for (size_t lane = 0; lane < LANES; lane++)
            counts[i] += h->counts[lane][i];
    }
}

void pel_count_bytes(pel_span bytes, uint64_t counts[256])
{
    histogram h = { 0 };
    count_bytes(&h, bytes);
    sum_lanes(&h, counts);
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

static double entropy_of(const histogram *h, size_t size)
{
    uint64_t counts[256];
    sum_lanes(h, counts);
    return pel_entropy_of(counts, size);
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

enum { EACH_HASHES = 3 };

static const pel_hash each_hash[EACH_HASHES] = { PEL_HASH_MD5, PEL_HASH_SHA1, PEL_HASH_SHA256 };

static void take(pel_hasher hashers[EACH_HASHES], pel_span bytes)
{
    for (size_t at = 0; at < bytes.size; at += BLOCK) {
        pel_span block = pel_span_clip(bytes, at, BLOCK);
        for (size_t i = 0; i < EACH_HASHES; i++)
            pel_hasher_feed(&hashers[i], block);
    }
}

pel_status pel_digest_each(pel_span bytes, pel_digests *out)
{
    pel_hasher hashers[EACH_HASHES];
    char *const texts[EACH_HASHES] = { out->md5, out->sha1, out->sha256 };
    bool good = true;
    for (size_t i = 0; i < EACH_HASHES; i++)
        hashers[i] = pel_hasher_begin(each_hash[i]);
    take(hashers, bytes);
    for (size_t i = 0; i < EACH_HASHES; i++) {
        uint8_t digest[PEL_DIGEST_MAX];
        size_t size = pel_hasher_end(&hashers[i], digest);
        pel_hex_text((pel_span){ digest, size }, texts[i], PEL_HASH_TEXT);
        good = good && size > 0;
    }
    return good ? PEL_OK : PEL_NO_MEMORY;
}
