/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_TEXTBOOK_H
#define VM_TEXTBOOK_H

/* The replacement policies again, as a textbook would do them by hand: small arrays, linear search,
 * the rules word for word. Shares nothing with the library but its rules. */

#include "check_pel.h"
#include "sample.h"
#include <string.h>

enum { BOOK_MOST = 64, BOOK_REFS = 4096 };

typedef struct book_ref {
    uint64_t page;
    bool write;
} book_ref;

typedef struct book_page {
    uint64_t page, last;
    bool used, dirty, fresh;
    unsigned age; /* register of eight bits, or age */
} book_page;

typedef struct book {
    pel_policy policy;
    size_t frames, standby_most;
    book_page in[BOOK_MOST], out[BOOK_MOST]; /* resident; standby */
    size_t n, out_n, hand;
    uint64_t now;
    pel_replay_result result;
} book;

static inline size_t book_find(const book_page *list, size_t n, uint64_t page)
{
    size_t i = 0;
    while (i < n && list[i].page != page)
        i++;
    return i;
}

static inline book_page book_cut(book_page *list, size_t *n, size_t at)
{
    book_page cut = list[at];
    --*n;
    memmove(list + at, list + at + 1, (*n - at) * sizeof cut);
    return cut;
}

static inline void book_put(book_page *list, size_t *n, size_t at, book_page page)
{
    ck_quick(*n < BOOK_MOST);
    memmove(list + at + 1, list + at, (*n - at) * sizeof page);
    list[at] = page;
    ++*n;
}

static inline bool book_has_hand(const book *b)
{
    return b->policy == PEL_POLICY_CLOCK || b->policy == PEL_POLICY_WSCLOCK;
}

/* Who goes first at the left. Bubbles: equals stay. */
static inline void book_sort(book *b)
{
    bool old_first = b->policy == PEL_POLICY_WINDOWS;
    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; k + 1 < b->n; k++) {
            unsigned x = b->in[k].age, y = b->in[k + 1].age;
            if (old_first ? x < y : x > y) {
                book_page swap = b->in[k];
                b->in[k] = b->in[k + 1];
                b->in[k + 1] = swap;
            }
        }
}

static inline void book_tick(book *b)
{
    for (size_t i = 0; i < b->n; i++) {
        book_page *p = &b->in[i];
        if (b->policy == PEL_POLICY_AGING)
            p->age = p->fresh ? 128 : p->age / 2 + (p->used ? 128 : 0);
        else
            p->age = p->used ? 0 : p->age < 7 ? p->age + 1 : 7;
        p->fresh = p->used = false;
    }
    book_sort(b);
}

static inline size_t book_clock(book *b)
{
    while (b->in[b->hand].used) {
        b->in[b->hand].used = false;
        b->hand = (b->hand + 1) % b->n;
    }
    return b->hand;
}

static inline size_t book_wsclock(book *b)
{
    const size_t none = BOOK_MOST;
    size_t dirty = none, clean = none;
    for (size_t i = 0; i < b->n && i < 32; i++) {
        size_t at = b->hand;
        book_page *p = &b->in[at];
        if (p->used)
            p->last = b->now;
        p->used = false;
        bool old = b->now - p->last > 8 * b->n;
        if (old && !p->dirty)
            return at;
        if (old && dirty == none)
            dirty = at;
        if (!old && !p->dirty && (clean == none || p->last < b->in[clean].last))
            clean = at;
        b->hand = (b->hand + 1) % b->n;
    }
    return dirty != none ? dirty : clean != none ? clean : b->hand;
}

/* `refs` is what comes after this access. */
static inline size_t book_opt(const book *b, const book_ref *refs, size_t count)
{
    size_t best = 0, farthest = 0;
    for (size_t i = 0; i < b->n; i++) {
        size_t next = 0;
        while (next < count && refs[next].page != b->in[i].page)
            next++;
        if (next == count)
            return i;
        if (next >= farthest) {
            farthest = next;
            best = i;
        }
    }
    return best;
}

static inline size_t book_victim(book *b, const book_ref *refs, size_t count)
{
    switch (b->policy) {
    case PEL_POLICY_CLOCK: return book_clock(b);
    case PEL_POLICY_WSCLOCK: return book_wsclock(b);
    case PEL_POLICY_OPT: return book_opt(b, refs, count);
    case PEL_POLICY_AGING:
    case PEL_POLICY_WINDOWS:
    case PEL_POLICY_FIFO:
    case PEL_POLICY_LRU:
    case PEL_POLICY_COUNT: break;
    }
    return 0;
}

/* The new page stands where the hand points, and the hand goes on; or at the end of the list. */
static inline void book_insert(book *b, book_page page)
{
    page.fresh = true;
    page.age = 0;
    page.last = b->now;
    if (b->policy == PEL_POLICY_AGING)
        page.age = 256;
    if (!book_has_hand(b)) {
        book_put(b->in, &b->n, b->n, page);
        return;
    }
    book_put(b->in, &b->n, b->hand == 0 ? b->n : b->hand, page);
    if (b->hand != 0)
        b->hand++;
}

/* Make room in the working set, then in RAM. */
static inline void book_make_room(book *b, bool need_frame, const book_ref *refs, size_t count)
{
    if (b->n == b->frames - b->standby_most) {
        size_t at = book_victim(b, refs, count);
        book_put(b->out, &b->out_n, b->out_n, book_cut(b->in, &b->n, at));
        if (at < b->hand)
            b->hand--;
        if (b->n == 0 || b->hand >= b->n)
            b->hand = 0;
    }
    if (need_frame && b->n + b->out_n == b->frames)
        b->result.writes += book_cut(b->out, &b->out_n, 0).dirty;
}

/* One access; what comes after it, for OPT. */
static inline void book_access(book *b, book_ref ref, const book_ref *refs, size_t count)
{
    bool ticks = b->policy == PEL_POLICY_AGING || b->policy == PEL_POLICY_WINDOWS;
    if (ticks && b->now > 0 && b->now % b->frames == 0)
        book_tick(b);
    size_t at = book_find(b->in, b->n, ref.page);
    if (at == b->n) {
        book_page page = { .page = ref.page };
        size_t standby = book_find(b->out, b->out_n, ref.page);
        bool soft = standby < b->out_n;
        if (soft)
            page = book_cut(b->out, &b->out_n, standby);
        b->result.soft += soft;
        b->result.faults += !soft;
        book_make_room(b, !soft, refs, count);
        book_insert(b, page);
        at = book_find(b->in, b->n, ref.page);
    }
    b->in[at].used = true;
    b->in[at].dirty |= ref.write;
    if (b->policy == PEL_POLICY_LRU) {
        book_page newest = book_cut(b->in, &b->n, at);
        book_put(b->in, &b->n, b->n, newest);
    }
    b->now++;
    b->result.accesses++;
}

/* Windows keeps every fourth frame for the standby list. */
static inline book book_new(pel_policy policy, size_t frames)
{
    bool lists = policy == PEL_POLICY_WINDOWS;
    return (book){ .policy = policy, .frames = frames, .standby_most = lists ? frames / 4 : 0 };
}

static inline pel_replay_result book_run(pel_policy policy, size_t frames, const book_ref *refs,
                                         size_t count)
{
    book b = book_new(policy, frames);
    for (size_t i = 0; i < count; i++)
        book_access(&b, refs[i], refs + i + 1, count - i - 1);
    return b.result;
}

/* A string over `pages` pages: random, or with locality, or loops; about every third a write. */
static inline void book_string(uint64_t *seed, book_ref *refs, size_t count, uint32_t pages)
{
    uint32_t shape = random_below(seed, 3), at = 0;
    for (size_t i = 0; i < count; i++) {
        if (shape == 0)
            at = random_below(seed, pages);
        else if (shape == 1)
            at = random_below(seed, 8) ? (at + random_below(seed, 3) + pages - 1) % pages
                                       : random_below(seed, pages);
        else
            at = random_below(seed, 40) ? (at + 1) % pages : random_below(seed, pages);
        refs[i] = (book_ref){ .page = at, .write = random_below(seed, 3) == 0 };
    }
}

#endif
