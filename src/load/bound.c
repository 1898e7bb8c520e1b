/* SPDX-License-Identifier: Apache-2.0 */
/* Bound imports: addresses that the linker (or bind.exe) wrote into the import address table. They
 * hold as long as the DLL is the one that they were made for, where it was. Then the loader leaves
 * them alone, whatever they are. Rules: docs/binding.md, "Bound imports". */
#include "base/text.h"
#include "load/process_priv.h"

#define STAMP_IN_DIRECTORY UINT32_MAX /* of a descriptor: the bound import directory tells */
#define NO_FORWARDERS      UINT32_MAX

/* True when `name` is loaded where it was linked for, with that stamp. */
static bool is_as_bound(pel_process *p, uint32_t importer, pel_str name, uint32_t stamp)
{
    uint32_t index;
    if (!pel_process_is_loaded(p, importer, name, &index))
        return false;
    const pel_loaded_module *m = &p->modules[index].told;
    return m->module.base.v == m->module.preferred_base.v &&
           pel_image_file_header(m->image)->timestamp == stamp;
}

/* The entry for a DLL holds when it and all that it forwards to are as they were. */
static bool entry_holds(pel_process *p, uint32_t importer, pel_bound_import_iter *it,
                        const pel_bound_import *entry)
{
    pel_bound_import to;
    bool holds = is_as_bound(p, importer, entry->name, entry->descriptor.timestamp);
    while (pel_bound_forwarder_next(it, &to))
        holds = holds && is_as_bound(p, importer, to.name, to.descriptor.timestamp);
    return holds;
}

static bool directory_holds(pel_process *p, uint32_t importer, const pel_import *import)
{
    pel_bound_import_iter it = pel_image_bound_imports(import->image);
    for (pel_bound_import entry; pel_bound_import_next(&it, &entry);)
        if (pel_compare_nocase(entry.name, import->name) == 0)
            return entry_holds(p, importer, &it, &entry);
    return false;
}

bool pel_process_bound_holds(pel_process *p, uint32_t importer, const pel_bound_import_iter *it,
                             const pel_bound_import *entry)
{
    pel_bound_import_iter forwarders = *it;
    return entry_holds(p, importer, &forwarders, entry);
}

bool pel_process_bounds_lead(const pel_process *p, const pel_image *image)
{
    return p->options.windows == PEL_WINDOWS_XP &&
           pel_image_directory(image, PEL_DIR_IMPORT).address != 0 &&
           pel_image_directory(image, PEL_DIR_BOUND_IMPORT).address != 0;
}

bool pel_process_import_holds(pel_process *p, uint32_t importer, const pel_import *import)
{
    uint32_t stamp = import->descriptor.timestamp;
    if (pel_process_bounds_lead(p, import->image))
        return directory_holds(p, importer, import);
    if (stamp == 0)
        return false;
    if (stamp == STAMP_IN_DIRECTORY)
        return directory_holds(p, importer, import);
    /* The old form has a chain of the slots that are forwarded and must be looked up all the same;
     * where there is one, all of them are. */
    return import->descriptor.forwarder_chain == NO_FORWARDERS &&
           is_as_bound(p, importer, import->name, stamp);
}
