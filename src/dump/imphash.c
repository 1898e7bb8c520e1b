/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of names. The import hash: the MD5 of "dll.function,dll.function,...", in the order of the
 * tables, all in lower case and without .dll, .ocx and .sys. Functions by ordinal have names where
 * everybody knows these DLLs' ordinals, and are called "ord7" elsewhere. The export hash: that of
 * the names of the exports, with commas between; some tools take MD5 for it, others SHA-256. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "dump/walk_image.h"

/* ---- names of ordinals ------------------------------------------------- */

typedef struct known {
    uint16_t ordinal;
    const char *name;
} known;

#define X(ordinal, name) { ordinal, name },
#define WS2_32
static const known ws2_32[] = {
#include <pelorus/tables/imphash_ordinal.def>
};
#undef WS2_32
#define OLEAUT32
static const known oleaut32[] = {
#include <pelorus/tables/imphash_ordinal.def>
};
#undef OLEAUT32
#undef X

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool ends_with(pel_str text, const char *end)
{
    size_t size = strlen(end);
    for (size_t i = 0; text.len >= size && i < size; i++)
        if (lower(text.ptr[text.len - size + i]) != end[i])
            return false;
    return text.len >= size;
}

static bool is_dll(pel_str dll, const char *name)
{
    return dll.len == strlen(name) && ends_with(dll, name);
}

static const char *name_in(const known *list, size_t count, uint16_t ordinal)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].ordinal == ordinal)
            return list[i].name;
    return NULL;
}

static const char *name_of(pel_str dll, uint16_t ordinal)
{
    if (is_dll(dll, "ws2_32.dll") || is_dll(dll, "wsock32.dll"))
        return name_in(ws2_32, sizeof ws2_32 / sizeof ws2_32[0], ordinal);
    if (is_dll(dll, "oleaut32.dll"))
        return name_in(oleaut32, sizeof oleaut32 / sizeof oleaut32[0], ordinal);
    return NULL;
}

/* ---- the text ---------------------------------------------------------- */

/* Names can be shared; what is named is bounded by as many times the file. */
#define MOST_FACTOR ((uint64_t)16)

/* Text that is hashed as it comes, in lower case. */
typedef struct text {
    pel_hasher md5, sha256;
    uint64_t used, most; /* bytes; the names of a file of this size can come to so many */
    pel_status status;
    size_t waiting;
    char piece[512];
} text;

static text begin(const pel_image *img)
{
    return (text){ .md5 = pel_hasher_begin(PEL_HASH_MD5),
                   .sha256 = pel_hasher_begin(PEL_HASH_SHA256),
                   .most = MOST_FACTOR * pel_image_bytes(img).size };
}

static void feed(text *t)
{
    pel_span piece = { (const uint8_t *)t->piece, t->waiting };
    pel_hasher_feed(&t->md5, piece);
    pel_hasher_feed(&t->sha256, piece);
    t->waiting = 0;
}

static void put(text *t, pel_str s)
{
    if (t->status == PEL_OK && s.len > t->most - t->used)
        t->status = PEL_LIMIT;
    if (t->status != PEL_OK)
        return;
    for (size_t i = 0; i < s.len; i++) {
        if (t->waiting == sizeof t->piece)
            feed(t);
        t->piece[t->waiting++] = lower(s.ptr[i]);
    }
    t->used += s.len;
}

/* The digests of all of it; empty when there is none, or too much. */
static pel_status finish(text *t, char md5[PEL_HASH_TEXT], char sha256[PEL_HASH_TEXT])
{
    uint8_t digest[PEL_DIGEST_MAX];
    feed(t);
    size_t size = pel_hasher_end(&t->md5, digest);
    pel_hex_text((pel_span){ digest, size }, md5, PEL_HASH_TEXT);
    bool good = size > 0;
    size = pel_hasher_end(&t->sha256, digest);
    pel_hex_text((pel_span){ digest, size }, sha256, PEL_HASH_TEXT);
    if (t->status == PEL_OK && (!good || size == 0))
        t->status = PEL_NO_MEMORY;
    if (t->status != PEL_OK || t->used == 0)
        md5[0] = sha256[0] = '\0';
    return t->status;
}

/* Without the extension, if it is one that everybody leaves out. */
static pel_str stem(pel_str dll)
{
    static const char *const extensions[] = { ".dll", ".ocx", ".sys" };
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (ends_with(dll, extensions[i]))
            return (pel_str){ dll.ptr, dll.len - 4 };
    return dll;
}

static void put_function(text *t, pel_str dll, const pel_thunk *thunk)
{
    char number[16];
    pel_str name = thunk->name;
    if (thunk->by_ordinal) {
        snprintf(number, sizeof number, "ord%u", (unsigned)thunk->ordinal);
        const char *fixed = name_of(dll, thunk->ordinal);
        name = pel_str_of(fixed ? fixed : number);
    }
    if (name.len == 0 || (thunk->by_ordinal && thunk->ordinal == 0))
        return; /* others leave these out, too */
    if (t->used > 0)
        put(t, pel_str_of(","));
    put(t, stem(dll));
    put(t, pel_str_of("."));
    put(t, name);
}

/* A hash of the first of them would be another file's: when the walk was cut, there is none. */
static void cut(text *t, pel_status end)
{
    if (t->status == PEL_OK && end == PEL_LIMIT)
        t->status = PEL_LIMIT;
}

static void put_imports(text *t, const pel_image *img)
{
    pel_import import;
    pel_thunk thunk;
    pel_import_iter it = pel_image_imports(img);
    uint64_t left = it.left;
    while (t->status == PEL_OK && pel_import_next(&it, &import)) {
        pel_thunk_iter thunks = pel_import_thunks(&import);
        thunks.left = left;
        while (t->status == PEL_OK && pel_thunk_next(&thunks, &thunk))
            put_function(t, import.name, &thunk);
        left = thunks.left;
        cut(t, thunks.status);
    }
    cut(t, it.status);
}

pel_status pel_imphash(const pel_image *img, char out[PEL_HASH_TEXT])
{
    char sha256[PEL_HASH_TEXT];
    text t = begin(img);
    put_imports(&t, img);
    pel_status st = finish(&t, out, sha256);
    return st == PEL_OK && t.used == 0 ? PEL_NOT_FOUND : st;
}

/* Why there is no hash, although there are names. */
static void emit_end(const walk *w, const char *key, pel_status status)
{
    if (status == PEL_LIMIT)
        pel_emit_string(w->e, key, "limit");
}

void pel_walk_imphash(const walk *w)
{
    char hash[PEL_HASH_TEXT];
    pel_status st = pel_imphash(w->img, hash);
    pel_emit_string(w->e, "imphash", st == PEL_OK ? hash : NULL);
    emit_end(w, "imphash_end", st);
    if (st == PEL_NO_MEMORY)
        pel_emitter_fail(w->e, st);
}

/* ---- exports ----------------------------------------------------------- */

#define ENTRY_SIZE 6 /* the address of a name, and the index of its function */

/* The names of the exports, in the order of their table, in lower case, with commas between. A
 * table in zero-filled memory can have any number of entries: they count as if the file had them.
 */
static void put_exports(text *t, const pel_exports *x)
{
    pel_str name;
    uint32_t function;
    uint64_t most = t->most / ENTRY_SIZE;
    for (uint32_t i = 0; t->status == PEL_OK; i++) {
        pel_status st = pel_export_name(x, i, &name, &function);
        if (st == PEL_NOT_FOUND)
            return;
        cut(t, i < most ? st : PEL_LIMIT);
        if (st != PEL_OK || name.len == 0)
            continue;
        if (t->used > 0)
            put(t, pel_str_of(","));
        put(t, name);
    }
}

void pel_walk_exphash(const walk *w)
{
    char md5[PEL_HASH_TEXT], sha256[PEL_HASH_TEXT];
    pel_exports x;
    text t = begin(w->img);
    if (pel_image_exports(w->img, &x) != PEL_NOT_FOUND)
        put_exports(&t, &x);
    if (finish(&t, md5, sha256) == PEL_NO_MEMORY)
        pel_emitter_fail(w->e, t.status);
    pel_emit_string(w->e, "exphash", md5[0] ? md5 : NULL);
    pel_emit_string(w->e, "exphash_sha256", sha256[0] ? sha256 : NULL);
    emit_end(w, "exphash_end", t.status);
}
