/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader sets up in the data of modules: security cookies and TLS slots. Rules:
 * docs/binding.md, "Security cookie" and "Thread-local storage". */
#include "base/reader.h"
#include "load/process_priv.h"
#include "schema/decode.h"

static unsigned word_size(const pel_process *p) { return pel_image_is_wide(p->img) ? 8 : 4; }

/* A pointer of the file, as it is once its module is relocated. */
static pel_va moved(const pel_loaded_module *m, pel_va va)
{
    if (m->module.relocated)
        va.v += m->module.base.v - m->module.preferred_base.v;
    return va;
}

/* ---- security cookies -------------------------------------------------- */

#define COOKIE_64      UINT64_C(0x2B992DDFA232) /* what compilers put there */
#define COOKIE_32      UINT64_C(0xBB40E64E)
#define COOKIE_16      UINT64_C(0xBB40) /* of compilers before Visual C++ 2005 */
#define COOKIE_BITS_64 48               /* the top is 0, so that strings cannot write it */

/* SplitMix64, one step: seeds that are near each other give cookies that are not. */
static uint64_t random_of(uint64_t seed)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Never a default, which would count as not set; one of 16 bits stays one. */
static uint64_t new_cookie(uint64_t seed, uint64_t old, unsigned word)
{
    uint64_t cookie = random_of(seed);
    if (old == COOKIE_16)
        cookie &= 0xFFFF;
    else if (word == 4)
        cookie &= UINT32_MAX;
    else
        cookie &= (UINT64_C(1) << COOKIE_BITS_64) - 1;
    return cookie == old || cookie == 0 ? cookie + 1 : cookie;
}

static pel_ntstatus set_cookie(pel_process *p, loaded *m)
{
    pel_load_config_info config;
    pel_rva rva;
    uint8_t bytes[8] = { 0 };
    unsigned word = word_size(p);
    pel_status st = pel_image_load_config(m->told.image, &config);
    m->cookie_done = true;
    if (st != PEL_OK || !pel_load_config_has(&config, "SecurityCookie"))
        return PEL_STATUS_SUCCESS;
    pel_va at = moved(&m->told, config.directory.security_cookie);
    if (!pel_rva_of(m->told.module.base, m->told.module.size, at, &rva) ||
        !pel_nt_success(pel_space_peek(p->space, at, bytes, word)))
        return PEL_STATUS_SUCCESS;
    uint64_t old = pel_span_uint((pel_span){ bytes, word }, 0, word);
    if (old != (word == 8 ? COOKIE_64 : COOKIE_32) && old != COOKIE_16)
        return PEL_STATUS_SUCCESS; /* not for the loader to set */
    m->told.cookie = new_cookie(p->start.seed + m->told.module.base.v, old, word);
    m->told.cookie_at = at;
    m->told.has_cookie = true;
    pel_store_uint(bytes, word, m->told.cookie);
    return pel_process_patch(p, at, bytes, word);
}

/* ---- thread-local storage ---------------------------------------------- */

static bool has_tls(const pel_tls *tls)
{
    const pel_tls_directory *d = &tls->directory;
    return d->data_end.v != d->data_start.v || d->zero_fill != 0 || d->callbacks.v != 0;
}

#define INDEX_SIZE 4 /* in 64-bit images, too */

/* The slot's number, where the code of the module looks for it. */
static pel_ntstatus write_index(pel_process *p, const pel_loaded_module *m, const pel_tls *tls)
{
    uint8_t bytes[INDEX_SIZE];
    pel_store_uint(bytes, INDEX_SIZE, m->tls_slot);
    return pel_process_patch(p, moved(m, tls->directory.index), bytes, INDEX_SIZE);
}

/* Copy the template, as it is after relocation. Pages of nothing but zeros are not touched: a
 * small file may claim gigabytes of them. */
static pel_ntstatus copy_template(pel_process *p, pel_va from, uint64_t size, pel_va to)
{
    uint8_t bytes[PEL_PAGE_SIZE];
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    for (uint64_t done = 0; done < size && pel_nt_success(nt);) {
        size_t n = size - done < sizeof bytes ? (size_t)(size - done) : sizeof bytes;
        nt = pel_space_peek(p->space, (pel_va){ from.v + done }, bytes, n);
        bool zero = true;
        for (size_t i = 0; i < n && zero; i++)
            zero = bytes[i] == 0;
        if (pel_nt_success(nt) && !zero)
            nt = pel_space_write(p->space, (pel_va){ to.v + done }, bytes, n, NULL);
        done += n;
    }
    return nt == (pel_ntstatus)PEL_STATUS_NOT_COMMITTED ? (pel_ntstatus)PEL_STATUS_ACCESS_VIOLATION
                                                        : nt;
}

/* What the first thread gets: the template, and zeros behind it. */
static pel_ntstatus make_block(pel_process *p, pel_loaded_module *m, const pel_tls *tls)
{
    const pel_tls_directory *d = &tls->directory;
    uint64_t size = d->data_end.v > d->data_start.v ? d->data_end.v - d->data_start.v : 0;
    if (p->heap.segments == 0)
        return PEL_STATUS_SUCCESS; /* no program, and so no thread */
    pel_ntstatus nt = pel_process_heap_allocate(p, size + d->zero_fill, &m->tls_block);
    return pel_nt_success(nt) ? copy_template(p, moved(m, d->data_start), size, m->tls_block) : nt;
}

static pel_ntstatus give_slot(pel_process *p, pel_loaded_module *m)
{
    pel_tls tls;
    pel_status st = pel_image_tls(m->image, &tls);
    if ((st != PEL_OK && st != PEL_TRUNCATED) || !has_tls(&tls))
        return PEL_STATUS_SUCCESS;
    m->tls_slot = p->tls_count++;
    pel_ntstatus nt = write_index(p, m, &tls);
    return pel_nt_success(nt) ? make_block(p, m, &tls) : nt;
}

/* ThreadLocalStoragePointer of the first thread: a new one when there are more slots. */
static pel_ntstatus make_array(pel_process *p)
{
    uint8_t bytes[8];
    pel_va array;
    unsigned word = word_size(p);
    if (p->heap.segments == 0)
        return PEL_STATUS_SUCCESS;
    pel_ntstatus nt = pel_process_heap_allocate(p, (uint64_t)p->tls_count * word, &array);
    for (size_t i = 0; i < p->module_count && pel_nt_success(nt); i++) {
        const pel_loaded_module *m = &p->modules[i].told;
        if (m->tls_slot == PEL_NO_INDEX)
            continue;
        pel_store_uint(bytes, word, m->tls_block.v);
        pel_va at = { array.v + (uint64_t)m->tls_slot * word };
        nt = pel_space_write(p->space, at, bytes, word, NULL);
    }
    if (pel_nt_success(nt))
        p->tls_array = array;
    return nt;
}

/* ---- both -------------------------------------------------------------- */

pel_ntstatus pel_loading_initialise(pel_loading *l)
{
    pel_process *p = l->process;
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    uint32_t slots = p->tls_count;
    for (size_t i = 0; i < p->module_count && pel_nt_success(nt); i++) {
        loaded *m = &p->modules[i];
        if (!m->cookie_done && pel_process_same_machine(p, m->told.image))
            nt = set_cookie(p, m);
        if (pel_nt_success(nt) && m->told.bound && i >= l->first_fresh)
            nt = give_slot(p, &m->told);
    }
    return pel_nt_success(nt) && p->tls_count > slots ? make_array(p) : nt;
}
