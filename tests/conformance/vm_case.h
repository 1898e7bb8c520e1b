/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_VM_CASE_H
#define CONFORMANCE_VM_CASE_H

/* Cases of address-space operations: steps, each an operation with arguments, of which some
 * results are known. An operation asks for its arguments and tells all its results; the loop
 * compares those that the case expects. What nobody asked for or told is UNCHECKED. */

#include "report.h"
#include <pelorus/pelorus.h>
#include <yaml.h>

#define VM_NAME_MAX    64
#define VM_RESULT_MAX  24
#define VM_OBJECT_MAX  64
#define VM_NAME_LENGTH 40

/* A name that a step gave to an address or a handle ("as: A"). */
typedef struct vm_name {
    char name[VM_NAME_LENGTH];
    uint64_t value;
} vm_name;

typedef struct vm_file vm_file;
typedef struct vm_object vm_object;

/* One case while it runs, on a machine of its own. */
typedef struct vm_run {
    trial trial;
    yaml_document_t *doc;
    pel_machine *machine;
    pel_space *space;
    vm_name names[VM_NAME_MAX];
    size_t name_count;
    vm_file *files;                    /* vm_objects.c: live until the case ends */
    vm_object *objects[VM_OBJECT_MAX]; /* by handle */
} vm_run;

typedef struct vm_result {
    const char *key;
    uint64_t value;
} vm_result;

/* One step. */
typedef struct vm_step {
    vm_run *run;
    size_t number; /* from 1 */
    const char *op;
    yaml_node_t *args, *expect; /* mappings, or NULL */
    uint64_t asked;             /* a bit for each pair of `args` */
    vm_result results[VM_RESULT_MAX];
    size_t result_count;
} vm_step;

/* An operation of the cases; tables of them end with a NULL name. */
typedef struct vm_op {
    const char *name;
    void (*run)(vm_step *step);
} vm_op;

extern const vm_op vm_memory_ops[];
extern const vm_op vm_section_ops[];
extern const vm_op vm_stack_ops[];

/* ---- arguments --------------------------------------------------------- */

/* The text of argument `key`, or NULL when the step has none. */
const char *vm_text(vm_step *step, const char *key);

/* Argument `key`: "0x1000", "A+0x1000", "MEM_COMMIT|MEM_RESERVE", "null"; `otherwise` when the
 * step has none. */
uint64_t vm_number(vm_step *step, const char *key, uint64_t otherwise);

static inline pel_va vm_address(vm_step *step, const char *key)
{
    return (pel_va){ vm_number(step, key, 0) };
}

static inline uint32_t vm_flags(vm_step *step, const char *key)
{
    return (uint32_t)vm_number(step, key, 0);
}

/* ---- results ----------------------------------------------------------- */

void vm_tell(vm_step *step, const char *key, uint64_t value);

/* "st". */
void vm_tell_status(vm_step *step, pel_ntstatus status);

/* What a Win32 function makes of a status: "ok", "err" and, for what an Nt function would have
 * said, "st". True for success. */
bool vm_tell_win32(vm_step *step, pel_ntstatus status);

/* The same of a Win32 error, 0 for success. */
bool vm_tell_error(vm_step *step, uint32_t error);

/* Give `value` the name that argument "as" has, if there is one. */
void vm_define(vm_step *step, uint64_t value);

/* Something went wrong that no expectation is about. */
void vm_wrong(vm_step *step, const char *what);

/* ---- values (vm_value.c) ----------------------------------------------- */

/* The value of an expression; false for one that has an unknown word in it. */
bool vm_evaluate(const vm_run *run, const char *text, uint64_t *out);

/* `value` as a human wants it for `key`: a status by name, a protection in words. */
void vm_format(const char *key, uint64_t value, char *out, size_t size);

/* ---- files and handles (vm_objects.c) ---------------------------------- */

/* A file of the simulated Windows: bytes, or an image made of what its name says. */
struct vm_file {
    vm_file *next;
    uint64_t size; /* bytes; of data files all of them are zero */
    pel_builder *builder;
    pel_image *image; /* NULL: a data file */
};

/* What a handle stands for. */
struct vm_object {
    vm_file *file; /* a file handle, or an image section; NULL: another section */
    bool is_section;
    bool read_only;              /* of a file handle */
    uint32_t access;             /* of a section: SECTION_* */
    uint64_t size;               /* of an image section: bytes */
    pel_section_object *section; /* of another section */
};

/* A data file of `size` bytes, or the image that `name` describes (img_XXXXXXXX.dll with the
 * characteristics of its section in hex, img_prot.dll, img_zero.dll) if it exists already. NULL
 * when there is no such file, or no memory. */
vm_file *vm_file_open(vm_run *run, const char *name, bool existing, uint64_t size);

/* A handle for a copy of `object`, never 0; 0 when there are too many. */
uint64_t vm_handle_new(vm_run *run, const vm_object *object);

/* The object of a handle, or NULL. */
vm_object *vm_handle_get(const vm_run *run, uint64_t handle);

/* False when there is no such handle. */
bool vm_handle_close(vm_run *run, uint64_t handle);

/* Close all handles and forget the files; the space must be gone. */
void vm_objects_free(vm_run *run);

#endif
