/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PELORUS_PELORUS_H
#define PELORUS_PELORUS_H

/* Pelorus: Windows PE files, as Windows would load them. This header brings in all
 * the others. What holds everywhere is said here, once.
 *
 * Objects and values. What has an invariant or a lifetime is opaque and handled by
 * pointer (pel_image, pel_machine, pel_space, pel_process). What is just data is a
 * visible struct, passed by value or by const pointer.
 *
 * Ownership. `T **out`: yours, free it with pel_T_free; on failure *out is NULL.
 * `const T *` as a result: borrowed, lives as long as the object that it came from.
 * pel_span and pel_str: borrowed. pel_T_free(NULL) is fine.
 *
 * Errors. What can fail returns a pel_status (about ten codes, told apart by what
 * the caller can do) or, where a simulated Windows answers, a pel_ntstatus; results
 * go through the last parameters. What is wrong with a *file* is no error but a
 * pel_diag with a stable code and a place: parsing goes on. Nothing is printed, no
 * signal is raised, and no call ends the program.
 *
 * Options. All-zero options are the defaults, and NULL means all-zero.
 *
 * Threads. There is no global state and nothing to initialise. Different objects
 * may be used by different threads at the same time. A pel_image never changes
 * after parsing and may be read by any number of threads. A pel_machine and the
 * spaces and processes on it belong to one thread at a time.
 *
 * Units. Sizes, offsets and addresses count bytes unless their name says pages or
 * frames. The four address types (pel_foff, pel_rva, pel_va, pel_pa) do not mix:
 * that is a compile error.
 *
 * Text from files. pel_str has a length and may hold any byte, zeros among them. It
 * is not a C string and not safe to print: the dump layer escapes.
 *
 * Hostile input. Every file is taken to be hostile. Work and memory are bounded by
 * the size of the file and by pel_limits. */

#include <pelorus/archive.h>
#include <pelorus/base.h>
#include <pelorus/builder.h>
#include <pelorus/certificates.h>
#include <pelorus/clr.h>
#include <pelorus/debug.h>
#include <pelorus/diag.h>
#include <pelorus/directories.h>
#include <pelorus/disassembly.h>
#include <pelorus/dump.h>
#include <pelorus/dynamic_relocs.h>
#include <pelorus/exceptions.h>
#include <pelorus/export.h>
#include <pelorus/extract.h>
#include <pelorus/format.h>
#include <pelorus/image.h>
#include <pelorus/loader.h>
#include <pelorus/locate.h>
#include <pelorus/machine.h>
#include <pelorus/memory_dump.h>
#include <pelorus/metadata.h>
#include <pelorus/ntstatus.h>
#include <pelorus/object.h>
#include <pelorus/overlay.h>
#include <pelorus/process.h>
#include <pelorus/replay.h>
#include <pelorus/resources.h>
#include <pelorus/scenario.h>
#include <pelorus/schema.h>
#include <pelorus/search_path.h>
#include <pelorus/section_object.h>
#include <pelorus/space.h>
#include <pelorus/symbols.h>
#include <pelorus/trust.h>
#include <pelorus/verify.h>

#endif
