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
    return pel_process_fail(p, pel_process_patch(p, at, bytes, word), PEL_STEP_COOKIE, m->told.name,
                            at);
}

/* ---- thread-local storage ---------------------------------------------- */

#define INDEX_SIZE 4 /* in 64-bit images, too */

static bool has_tls(const pel_image *image, pel_tls *tls)
{
    const pel_tls_directory *d = &tls->directory;
    pel_status st = pel_image_tls(image, tls);
    return (st == PEL_OK || st == PEL_TRUNCATED) &&
           (d->data_end.v != d->data_start.v || d->zero_fill != 0 || d->callbacks.v != 0);
}

/* Windows XP gives slots out when all imports are bound, and only at the start. */
static bool slots_come_first(const pel_process *p) { return p->options.windows != PEL_WINDOWS_XP; }

static void give_slot(pel_process *p, pel_loaded_module *m)
{
    pel_tls tls;
    if (m->tls_slot == PEL_NO_INDEX && has_tls(m->image, &tls))
        m->tls_slot = p->tls_count++;
}

void pel_process_give_slot(pel_process *p, uint32_t module)
{
    if (slots_come_first(p))
        give_slot(p, &p->modules[module].told);
}

pel_overlay pel_process_index_overlay(const pel_process *p, uint32_t module)
{
    pel_tls tls;
    pel_rva at;
    const pel_loaded_module *m = &p->modules[module].told;
    if (m->tls_slot == PEL_NO_INDEX || !has_tls(m->image, &tls) ||
        !pel_rva_of(m->module.base, m->module.size, moved(m, tls.directory.index), &at))
        return (pel_overlay){ .size = 0 };
    return (pel_overlay){ .at = at.v, .size = INDEX_SIZE, .value = m->tls_slot };
}

/* The slot's number, where the code of the module looks for it. The loader just writes: nothing is
 * made writable for it. */
static pel_ntstatus write_index(pel_process *p, const pel_loaded_module *m)
{
    pel_tls tls;
    uint8_t bytes[INDEX_SIZE];
    if (m->tls_slot == PEL_NO_INDEX || !has_tls(m->image, &tls))
        return PEL_STATUS_SUCCESS;
    pel_store_uint(bytes, INDEX_SIZE, m->tls_slot);
    pel_va at = moved(m, tls.directory.index);
    pel_ntstatus nt = pel_space_write(p->space, at, bytes, INDEX_SIZE, NULL);
    return pel_process_fail(p, nt, PEL_STEP_INDEX, m->name, at);
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
static pel_ntstatus make_block(pel_process *p, pel_loaded_module *m)
{
    pel_tls tls;
    if (m->tls_slot == PEL_NO_INDEX || !has_tls(m->image, &tls))
        return PEL_STATUS_SUCCESS;
    const pel_tls_directory *d = &tls.directory;
    uint64_t size = d->data_end.v > d->data_start.v ? d->data_end.v - d->data_start.v : 0;
    if (p->heap.segments == 0)
        return PEL_STATUS_SUCCESS; /* no program, and so no thread */
    pel_ntstatus nt = pel_process_heap_allocate(p, size + d->zero_fill, &m->tls_block);
    if (pel_nt_success(nt))
        nt = copy_template(p, moved(m, d->data_start), size, m->tls_block);
    return pel_process_fail(p, nt, PEL_STEP_TEMPLATE, m->name, moved(m, d->data_start));
}

/* Indexes of all new modules. */
static pel_ntstatus write_indexes(const pel_loading *l)
{
    pel_process *p = l->process;
    pel_ntstatus nt = PEL_STATUS_SUCCESS;
    for (size_t i = l->first_fresh; i < p->module_count && pel_nt_success(nt); i++)
        nt = write_index(p, &p->modules[i].told);
    return nt;
}

pel_ntstatus pel_loading_write_early_indexes(const pel_loading *l)
{
    return slots_come_first(l->process) ? write_indexes(l) : (pel_ntstatus)PEL_STATUS_SUCCESS;
}

/* What Windows XP does last. */
static pel_ntstatus write_late_indexes(const pel_loading *l)
{
    pel_process *p = l->process;
    if (slots_come_first(p) || p->started)
        return PEL_STATUS_SUCCESS;
    for (size_t i = 0; i < p->module_count; i++)
        if (p->modules[i].told.bound)
            give_slot(p, &p->modules[i].told);
    return write_indexes(l);
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

/* On Windows XP the callbacks of a program wait for the first DLL that is initialised for it; if
 * all it needs is in every process, they are called at its end only. */
static bool calls_back(const pel_process *p, size_t module)
{
    return p->modules[module].told.tls_slot != PEL_NO_INDEX &&
           (slots_come_first(p) || module > 0 || p->module_count > p->system_count);
}

/* ---- both -------------------------------------------------------------- */

pel_ntstatus pel_loading_initialise(pel_loading *l)
{
    pel_process *p = l->process;
    pel_ntstatus nt = write_late_indexes(l);
    for (size_t i = 0; i < p->module_count && pel_nt_success(nt); i++) {
        loaded *m = &p->modules[i];
        if (!m->cookie_done && pel_process_same_machine(p, m->told.image))
            nt = set_cookie(p, m);
        if (i < l->first_fresh || !pel_nt_success(nt))
            continue;
        m->told.calls_back = calls_back(p, i);
        nt = make_block(p, &m->told);
    }
    return pel_nt_success(nt) && p->tls_count > l->tls_before ? make_array(p) : nt;
}
