/* SPDX-License-Identifier: Apache-2.0 */
/* OPT with the whole trace at hand: the next use of each access is found backwards, once; then the
 * pages in RAM stand in a heap, the one whose next use is farthest at its top. Those that are never
 * used again stand above all others, the one that came first on top. */

#include "vm/replay_priv.h"

#include <string.h>

/* In `next`: never again. */
#define NEVER UINT32_MAX

typedef struct heap {
    uint32_t *ids;   /* the heap */
    uint32_t *where; /* by id: its place in the heap; PEL_NO_ID: not in RAM */
    uint64_t *keys;  /* by id: next use, then the earlier arrival */
    uint32_t *came;  /* by id: the access that brought it */
    uint8_t *dirty;
    size_t count;
} heap;

static void place(heap *h, size_t at, uint32_t id)
{
    h->ids[at] = id;
    h->where[id] = (uint32_t)at;
}

static void rise(heap *h, size_t at, uint32_t id)
{
    while (at > 0 && h->keys[h->ids[(at - 1) / 2]] < h->keys[id]) {
        place(h, at, h->ids[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(h, at, id);
}

static void sink(heap *h, uint32_t id)
{
    size_t at = 0;
    for (size_t child = 1; child < h->count; child = 2 * at + 1) {
        if (child + 1 < h->count && h->keys[h->ids[child + 1]] > h->keys[h->ids[child]])
            child++;
        if (h->keys[h->ids[child]] <= h->keys[id])
            break;
        place(h, at, h->ids[child]);
        at = child;
    }
    place(h, at, id);
}

static uint64_t key_of(const heap *h, uint32_t id, uint32_t next)
{
    return (uint64_t)next << 32 | (UINT32_MAX - h->came[id]);
}

/* ---- one run ----------------------------------------------------------- */

static void miss(heap *h, uint32_t id, uint64_t frames, pel_replay_result *out)
{
    out->faults++;
    h->dirty[id] = 0;
    if (h->count < frames) {
        h->count++;
        rise(h, h->count - 1, id);
        return;
    }
    uint32_t gone = h->ids[0];
    out->writes += h->dirty[gone];
    h->where[gone] = PEL_NO_ID;
    sink(h, id);
}

static void run(const pel_trace *t, const uint32_t *next, heap *h, uint64_t frames,
                pel_replay_result *out)
{
    h->count = 0;
    memset(h->where, 0xff, t->ids.count * sizeof *h->where);
    *out = (pel_replay_result){ .accesses = t->count };
    for (size_t i = 0; i < t->count; i++) {
        uint32_t id = t->codes[i] & ~PEL_CODE_WRITE;
        bool here = h->where[id] != PEL_NO_ID;
        if (!here)
            h->came[id] = (uint32_t)i;
        h->keys[id] = key_of(h, id, next[i]);
        if (here)
            rise(h, h->where[id], id);
        else
            miss(h, id, frames, out);
        h->dirty[id] |= (uint8_t)(t->codes[i] / PEL_CODE_WRITE);
    }
}

/* ---- memory ------------------------------------------------------------ */

static bool heap_open(heap *h, const pel_allocator *a, size_t pages)
{
    *h = (heap){
        .ids = pel_take(a, pages * sizeof *h->ids),
        .where = pel_take(a, pages * sizeof *h->where),
        .keys = pel_take(a, pages * sizeof *h->keys),
        .came = pel_take(a, pages * sizeof *h->came),
        .dirty = pel_take(a, pages),
    };
    return h->ids && h->where && h->keys && h->came && h->dirty;
}

static void heap_close(heap *h, const pel_allocator *a, size_t pages)
{
    pel_give(a, h->ids, pages * sizeof *h->ids);
    pel_give(a, h->where, pages * sizeof *h->where);
    pel_give(a, h->keys, pages * sizeof *h->keys);
    pel_give(a, h->came, pages * sizeof *h->came);
    pel_give(a, h->dirty, pages);
}

/* For each access when its page is used next; `seen` has room for all pages. */
static void look_ahead(const pel_trace *t, uint32_t *next, uint32_t *seen)
{
    memset(seen, 0xff, t->ids.count * sizeof *seen); /* NEVER */
    for (size_t i = t->count; i-- > 0;) {
        uint32_t id = t->codes[i] & ~PEL_CODE_WRITE;
        next[i] = seen[id];
        seen[id] = (uint32_t)i;
    }
}

pel_status pel_replay_opt(const pel_trace *t, const uint64_t *frames, size_t count,
                          pel_replay_result *out)
{
    heap h;
    const pel_allocator *a = &t->allocator;
    size_t pages = t->ids.count;
    if (t->count >= NEVER)
        return PEL_LIMIT;
    if (t->count == 0)
        return PEL_OK;
    uint32_t *next = a->resize(a->ctx, NULL, 0, t->count * sizeof *next);
    bool ok = heap_open(&h, a, pages) && next;
    if (ok)
        look_ahead(t, next, h.where);
    for (size_t i = 0; ok && i < count; i++)
        run(t, next, &h, frames[i], &out[i]);
    heap_close(&h, a, pages);
    pel_give(a, next, t->count * sizeof *next);
    return ok ? PEL_OK : PEL_NO_MEMORY;
}
