/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_BASE_H
#define PELORUS_BASE_H

/* The words every other header uses: status, the four address types, views of
 * bytes, the allocator, and the sink that output goes to. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pelorus/version.h>

#if defined(__GNUC__)
#define PEL_API __attribute__((visibility("default")))
#else
#define PEL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- status ------------------------------------------------------------ */

/** What a call came to, told by what the caller can do about it. What is wrong
 *  with a *file* is a pel_diag; what the *simulated Windows* answers is a
 *  pel_ntstatus. */
typedef enum pel_status {
    PEL_OK = 0,
    PEL_BAD_ARG,   /**< the caller's mistake: NULL, out of range, contradictory options */
    PEL_NO_MEMORY, /**< the host's memory is exhausted; nothing was changed */
    PEL_IO,        /**< the host could not read or write a file; errno says why */
    PEL_NOT_FOUND, /**< no such thing: an honest "no", not a failure */
    PEL_TRUNCATED, /**< the bytes end before what was asked for */
    PEL_MALFORMED, /**< the bytes are there but contradict the format */
    PEL_LIMIT,     /**< a limit of pel_limits was reached */
    PEL_REFUSED,   /**< Windows would say no; the verdict or NTSTATUS beside it tells the rule */
} pel_status;

/** The name of a status, for example "PEL_TRUNCATED". Never NULL. */
PEL_API const char *pel_status_name(pel_status status);

/** Hand a failure on to the caller. For functions that hold nothing to release. */
#define PEL_TRY(expr)                                                                              \
    do {                                                                                           \
        pel_status pel_try_ = (expr);                                                              \
        if (pel_try_ != PEL_OK)                                                                    \
            return pel_try_;                                                                       \
    } while (0)

/* ---- addresses --------------------------------------------------------- */

/* Four number lines that look alike and are not. Each has its own struct so
 * that mixing two of them does not compile. All count bytes.
 *
 *   file offset      RVA               VA                  physical address
 *   in the file ---> in the image ---> in a space -------> in the machine's RAM
 *          section table      + base         page tables
 */

/** A file offset: bytes from the start of the file. */
typedef struct pel_foff {
    uint64_t v;
} pel_foff;

/** A relative virtual address: bytes from the image base. */
typedef struct pel_rva {
    uint32_t v;
} pel_rva;

/** A virtual address in a simulated address space. */
typedef struct pel_va {
    uint64_t v;
} pel_va;

/** A physical address in the RAM of a simulated machine. */
typedef struct pel_pa {
    uint64_t v;
} pel_pa;

/** The VA of `rva` in an image at `base`. Wraps at 2^64, as the hardware would. */
static inline pel_va pel_va_of(pel_va base, pel_rva rva)
{
    base.v += rva.v;
    return base;
}

/** `va` as an RVA of the `size` bytes at `base`; false when it lies outside. */
static inline bool pel_rva_of(pel_va base, uint64_t size, pel_va va, pel_rva *out)
{
    uint64_t distance = va.v - base.v;
    bool inside = va.v >= base.v && distance < size && distance <= UINT32_MAX;
    out->v = inside ? (uint32_t)distance : 0;
    return inside;
}

/** `value` rounded up to a multiple of `to`, a power of two. Wraps to 0 near 2^64. */
static inline uint64_t pel_round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

/** `value` rounded down to a multiple of `to`, a power of two. */
static inline uint64_t pel_round_down(uint64_t value, uint64_t to) { return value & ~(to - 1); }

/** True for 1, 2, 4, 8, ... */
static inline bool pel_is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* ---- views ------------------------------------------------------------- */

/** Bytes owned by someone else. Valid as long as its owner says so. */
typedef struct pel_span {
    const uint8_t *data;
    size_t size;
} pel_span;

/** Text owned by someone else, of any bytes, zeros among them. Not a C string. */
typedef struct pel_str {
    const char *ptr;
    size_t len;
} pel_str;

/** True when [off, off+len) lies inside `s`. Cannot overflow. */
static inline bool pel_span_has(pel_span s, uint64_t off, uint64_t len)
{
    return off <= s.size && len <= s.size - off;
}

/** Narrow `s` to [off, off+len). When that is not all inside, `*out` is empty. */
static inline bool pel_span_slice(pel_span s, uint64_t off, uint64_t len, pel_span *out)
{
    bool inside = pel_span_has(s, off, len);
    /* C knows no NULL + 0. */
    out->data = inside && s.data ? s.data + (size_t)off : NULL;
    out->size = inside ? (size_t)len : 0;
    return inside;
}

/** As much of [off, off+len) as lies inside `s`; may be empty. */
static inline pel_span pel_span_clip(pel_span s, uint64_t off, uint64_t len)
{
    pel_span out;
    uint64_t room = off <= s.size ? s.size - off : 0;
    pel_span_slice(s, room ? off : 0, len < room ? len : room, &out);
    return out;
}

/* ---- digests ----------------------------------------------------------- */

/** Hash functions that files name, or that are shown of them. */
typedef enum pel_hash {
    PEL_HASH_NONE, /**< none of these */
    PEL_HASH_MD5,
    PEL_HASH_SHA1,
    PEL_HASH_SHA256,
    PEL_HASH_SHA384,
    PEL_HASH_SHA512,
    PEL_HASH_COUNT,
} pel_hash;

/** Bytes of the longest digest. */
#define PEL_DIGEST_MAX 64

/* ---- allocator --------------------------------------------------------- */

/** Where the library takes host memory from. `resize` is malloc (ptr NULL),
 *  realloc and free (new_size 0) in one; `old_size` is what was asked for
 *  before. It answers NULL when there is no memory; then `ptr` is still valid.
 *  A NULL pel_allocator anywhere means the C library's. */
typedef struct pel_allocator {
    void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    void *ctx;
} pel_allocator;

/* ---- sink -------------------------------------------------------------- */

/** Where output goes. `write` takes all `size` bytes and answers PEL_OK, or fails; the call that
 *  is writing then ends with the status that it gave, PEL_IO as a rule. */
typedef struct pel_sink {
    pel_status (*write)(void *ctx, const void *data, size_t size);
    void *ctx;
} pel_sink;

#ifdef __cplusplus
}
#endif
#endif
