/* SPDX-License-Identifier: Apache-2.0 */
/* The loader's lists: PEB_LDR_DATA, and an entry for each module. */
#include <pelorus/format.h>
#include <string.h>

#include "base/text.h"
#include "load/furniture_priv.h"

#define BUCKETS         32
#define FOR_EVER        0xFFFFu
#define OBSOLETE_COUNT  6u /* what Windows 8 and later say in LoadCount */
#define PROGRAM_HOLDERS 2u /* ReferenceCount of the program */
#define READY_TO_RUN    9u /* LdrModulesReadyToRun */

/* LDRP_* that came and went. */
#define NOT_AT_BASE     0x200000u /* up to Windows 7 */
#define IN_LEGACY_LISTS 0x40u     /* since Windows 8 */

typedef struct lists {
    pel_slab *slab;
    const pel_furniture_request *request;
    pel_va entries;        /* one after the other, each with its LDR_DDAG_NODE, if there are any */
    uint64_t stride, node; /* from one to the next, and from the entry to its node */
    pel_ring load, memory, buckets[BUCKETS];
} lists;

static bool before_8(pel_windows windows)
{
    return windows == PEL_WINDOWS_XP || windows == PEL_WINDOWS_7;
}

static pel_va entry_at(const lists *l, size_t index)
{
    return (pel_va){ l->entries.v + index * l->stride };
}

/* ---- names ------------------------------------------------------------- */

static pel_str path_of(const pel_furniture_module *m) { return pel_str_of(m->path ? m->path : ""); }

static pel_str base_name_of(pel_str path)
{
    size_t start = path.len;
    while (start > 0 && path.ptr[start - 1] != '\\' && path.ptr[start - 1] != '/')
        start--;
    return (pel_str){ path.ptr + start, path.len - start };
}

/* Windows has a table for all letters; those beyond ASCII stay as they are here. */
static uint32_t in_capitals(uint16_t unit)
{
    return unit >= 'a' && unit <= 'z' ? unit - 'a' + 'A' : unit;
}

static uint32_t hash_of(pel_str name)
{
    uint16_t units[2];
    uint32_t hash = 0;
    for (unsigned n; (n = pel_utf16_next(&name, units)) > 0;)
        for (unsigned i = 0; i < n; i++)
            hash = hash * 65599 + in_capitals(units[i]);
    return hash;
}

/* Of the whole name since Windows 8, before that of its first letter. */
static unsigned bucket_of(const lists *l, pel_str name)
{
    uint16_t first[2] = { 0, 0 };
    if (!before_8(l->request->windows))
        return hash_of(name) % BUCKETS;
    pel_utf16_next(&name, first);
    return in_capitals(first[0]) % BUCKETS;
}

static void put_names(lists *l, pel_va entry, const pel_furniture_module *m)
{
    pel_str path = path_of(m), name = base_name_of(path);
    pel_str folder = { path.ptr, path.len - name.len };
    uint64_t before = 2 * pel_utf16_units(folder), length = 2 * pel_utf16_units(name);
    pel_va full = pel_slab_string(l->slab, entry, PEL_IN_ENTRY_FullDllName, path);
    pel_slab_put_string(l->slab, entry, PEL_IN_ENTRY_BaseDllName, (pel_va){ full.v + before },
                        length, length + 2);
    pel_slab_put(l->slab, entry, PEL_IN_ENTRY_BaseNameHashValue, hash_of(name));
    pel_ring_add(l->slab, &l->buckets[bucket_of(l, name)],
                 pel_slab_member(l->slab, entry, PEL_IN_ENTRY_HashLinks));
}

/* ---- one entry --------------------------------------------------------- */

static bool is_program(const lists *l, const pel_furniture_module *m)
{
    return m == l->request->modules;
}

/* Since Windows 8 a program is called a DLL, and its entry not processed. */
static uint32_t flags_of(const lists *l, const pel_furniture_module *m)
{
    uint32_t flags = m->flags;
    bool old = before_8(l->request->windows);
    if ((m->image && pel_image_is_dll(m->image)) || (!old && is_program(l, m)))
        flags |= PEL_LDRP_IMAGE_DLL;
    if (!old && is_program(l, m))
        flags &= ~(uint32_t)PEL_LDRP_ENTRY_PROCESSED;
    if (!old)
        flags |= IN_LEGACY_LISTS;
    else if (m->relocated)
        flags |= NOT_AT_BASE;
    return flags;
}

static void put_header_values(pel_slab *slab, pel_va entry, const pel_image *image)
{
    const pel_file_header *file = image ? pel_image_file_header(image) : NULL;
    const pel_optional_header *o = image ? pel_image_optional_header(image) : NULL;
    if (file)
        pel_slab_put(slab, entry, PEL_IN_ENTRY_TimeDateStamp, file->timestamp);
    if (o) {
        pel_slab_put(slab, entry, PEL_IN_ENTRY_OriginalBase7, o->image_base.v);
        pel_slab_put(slab, entry, PEL_IN_ENTRY_OriginalBase, o->image_base.v);
        pel_slab_put(slab, entry, PEL_IN_ENTRY_CheckSum, o->checksum);
    }
}

static void put_counts(lists *l, pel_va entry, const pel_furniture_module *m)
{
    bool for_ever = m->load_count >= FOR_EVER;
    uint32_t count = before_8(l->request->windows) ? m->load_count : OBSOLETE_COUNT;
    pel_slab_put(l->slab, entry, PEL_IN_ENTRY_LoadCount, for_ever ? FOR_EVER : count);
    if (before_8(l->request->windows))
        return;
    pel_va node = { entry.v + l->node };
    pel_ring alone = pel_ring_start(l->slab, pel_slab_member(l->slab, node, PEL_IN_DDAG_Modules));
    pel_ring_add(l->slab, &alone, pel_slab_member(l->slab, entry, PEL_IN_ENTRY_NodeModuleLink));
    pel_slab_put(l->slab, entry, PEL_IN_ENTRY_DdagNode, node.v);
    pel_slab_put(l->slab, node, PEL_IN_DDAG_LoadCount, for_ever ? UINT64_MAX : m->load_count);
    pel_slab_put(l->slab, node, PEL_IN_DDAG_State, READY_TO_RUN);
}

static void put_empty_lists(pel_slab *slab, pel_va entry)
{
    pel_ring_start(slab, pel_slab_member(slab, entry, PEL_IN_ENTRY_ForwarderLinks));
    pel_ring_start(slab, pel_slab_member(slab, entry, PEL_IN_ENTRY_ServiceTagLinks));
    pel_ring_start(slab, pel_slab_member(slab, entry, PEL_IN_ENTRY_StaticLinks));
}

static void put_entry(lists *l, size_t index)
{
    const pel_furniture_module *m = &l->request->modules[index];
    pel_slab *slab = l->slab;
    pel_va entry = entry_at(l, index);
    uint64_t now = pel_shared_system_time(l->request->seed);
    pel_ring_add(slab, &l->load, pel_slab_member(slab, entry, PEL_IN_ENTRY_InLoadOrderLinks));
    pel_ring_add(slab, &l->memory, pel_slab_member(slab, entry, PEL_IN_ENTRY_InMemoryOrderLinks));
    pel_slab_put(slab, entry, PEL_IN_ENTRY_DllBase, m->base.v);
    pel_slab_put(slab, entry, PEL_IN_ENTRY_EntryPoint, m->entry.v);
    pel_slab_put(slab, entry, PEL_IN_ENTRY_SizeOfImage, m->size);
    pel_slab_put(slab, entry, PEL_IN_ENTRY_Flags, flags_of(l, m));
    pel_slab_put(slab, entry, PEL_IN_ENTRY_TlsIndex, m->has_tls ? UINT64_MAX : 0);
    pel_slab_put(slab, entry, PEL_IN_ENTRY_LoadTime7, now);
    pel_slab_put(slab, entry, PEL_IN_ENTRY_LoadTime, now);
    pel_slab_put(slab, entry, PEL_IN_ENTRY_LoadReason, m->load_reason);
    pel_slab_put(slab, entry, PEL_IN_ENTRY_ReferenceCount, is_program(l, m) ? PROGRAM_HOLDERS : 0);
    put_header_values(slab, entry, m->image);
    put_names(l, entry, m);
    put_counts(l, entry, m);
    put_empty_lists(slab, entry);
}

/* ---- all of it --------------------------------------------------------- */

/* A module that is in the list already has links that are not 0. */
static void put_init_order(lists *l, pel_va head)
{
    pel_ring ring = pel_ring_start(l->slab, head);
    for (size_t i = 0; i < l->request->init_count; i++) {
        uint32_t index = l->request->init_order[i];
        pel_va links =
            pel_slab_member(l->slab, entry_at(l, index), PEL_IN_ENTRY_InInitializationOrderLinks);
        if (index == 0 || index >= l->request->count || pel_slab_word(l->slab, links) != 0) {
            pel_slab_fail(l->slab, (pel_ntstatus)PEL_STATUS_INVALID_PARAMETER);
            return;
        }
        pel_ring_add(l->slab, &ring, links);
    }
}

static void take_entries(lists *l)
{
    uint64_t entry = pel_round_up(pel_structure_size(l->slab, PEL_ENTRY), 16);
    l->node = entry;
    l->stride = entry + pel_round_up(pel_structure_size(l->slab, PEL_DDAG), 16);
    l->entries = pel_slab_take(l->slab, l->request->count * l->stride, 16);
}

static void take_buckets(lists *l)
{
    uint64_t size = l->slab->wide ? 16 : 8;
    pel_va heads = pel_slab_take(l->slab, BUCKETS * size, 16);
    for (unsigned i = 0; i < BUCKETS; i++)
        l->buckets[i] = pel_ring_start(l->slab, (pel_va){ heads.v + i * size });
}

void pel_furniture_loader(pel_slab *slab, const pel_furniture_request *request,
                          pel_furniture_places *places)
{
    lists l = { .slab = slab, .request = request };
    pel_va ldr = places->ldr = pel_slab_take_structure(slab, PEL_LDR);
    places->heaps = pel_slab_take(slab, PEL_HEAPS * (slab->wide ? 8 : 4), 16);
    pel_slab_put_word(slab, places->heaps, request->heap.v);
    pel_windows_version v = pel_windows_version_of(request->windows, request->host);
    places->service_pack = pel_slab_text(slab, pel_str_of(v.service_pack_name));
    pel_slab_put(slab, ldr, PEL_IN_LDR_Length, pel_structure_size(slab, PEL_LDR));
    pel_slab_put(slab, ldr, PEL_IN_LDR_Initialized, 1);
    l.load = pel_ring_start(slab, pel_slab_member(slab, ldr, PEL_IN_LDR_InLoadOrderModuleList));
    l.memory = pel_ring_start(slab, pel_slab_member(slab, ldr, PEL_IN_LDR_InMemoryOrderModuleList));
    take_buckets(&l);
    take_entries(&l);
    for (size_t i = 0; i < request->count; i++)
        put_entry(&l, i);
    put_init_order(&l, pel_slab_member(slab, ldr, PEL_IN_LDR_InInitializationOrderModuleList));
}
