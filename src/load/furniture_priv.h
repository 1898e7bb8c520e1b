/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_LOAD_FURNITURE_PRIV_H
#define PEL_LOAD_FURNITURE_PRIV_H

/* Between the files that furnish a process. Each lays out a slab of its own, twice. */

#include "load/furniture.h"
#include "load/slab.h"

/** Where things that others point to are. */
typedef struct pel_furniture_places {
    pel_va peb, teb, ldr, heaps, service_pack, parameters;
} pel_furniture_places;

/** PEB_LDR_DATA, entries, lists and names; the array of heaps, the name of the service pack. */
void pel_furniture_loader(pel_slab *slab, const pel_furniture_request *request,
                          pel_furniture_places *places);

/** RTL_USER_PROCESS_PARAMETERS, its strings, the environment. */
void pel_furniture_parameters(pel_slab *slab, const pel_furniture_request *request,
                              pel_furniture_places *places);

/** PEB and TEB: pages, in the order of this Windows. */
void pel_furniture_home(pel_slab *slab, const pel_furniture_request *request,
                        pel_furniture_places *places);

/** Reserve a region for `size` bytes of home, where this Windows has PEB and TEB. Out: the region,
 *  and where in it the home is. */
pel_ntstatus pel_furniture_place_home(pel_space *space, const pel_furniture_request *request,
                                      uint64_t size, pel_va *region, pel_va *home);

/** How many entries ProcessHeaps has room for. */
#define PEL_HEAPS 16

#endif
