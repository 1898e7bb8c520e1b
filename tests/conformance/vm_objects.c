/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the cases open, and the handles for them and for sections. */
#include "vm_case.h"

#include <stdlib.h>
#include <string.h>

/* ---- images ------------------------------------------------------------ */

static const char text[] = "section data";

/* A DLL of two pages: headers, and one section with the text. */
static pel_status build_dll(vm_file *file, uint32_t flags, uint32_t size_of_image)
{
    pel_span bytes;
    pel_status st = pel_builder_new(PEL_BUILD_PE32PLUS, NULL, &file->builder);
    if (st != PEL_OK)
        return st;
    pel_builder *b = file->builder;
    uint32_t section = pel_builder_section(b, ".text", flags);
    pel_builder_data(b, section, text, sizeof text - 1);
    pel_builder_set(b, "file_header.Characteristics",
                    0x2022); /* executable, large addresses, DLL */
    pel_builder_set(b, "optional_header.DllCharacteristics", 0);
    pel_builder_set(b, "optional_header.SizeOfImage", size_of_image);
    st = pel_builder_finish(b, &bytes);
    file->size = bytes.size;
    return st == PEL_OK ? pel_image_parse(bytes, NULL, &file->image) : st;
}

static pel_status build_named(vm_file *file, const char *name)
{
    char *end;
    if (strcmp(name, "img_prot.dll") == 0)
        return build_dll(file, PEL_SCN_MEM_READ | PEL_SCN_MEM_WRITE, 0x2000);
    if (strcmp(name, "img_zero.dll") == 0)
        return build_dll(file, PEL_SCN_MEM_READ, 0x1000);
    if (strncmp(name, "img_", 4) != 0)
        return PEL_NOT_FOUND;
    unsigned long flags = strtoul(name + 4, &end, 16);
    if (end != name + 12 || strcmp(end, ".dll") != 0)
        return PEL_NOT_FOUND;
    return build_dll(file, (uint32_t)flags, 0x2000);
}

/* ---- files ------------------------------------------------------------- */

static void free_file(vm_file *file)
{
    pel_image_free(file->image);
    pel_builder_free(file->builder);
    free(file);
}

vm_file *vm_file_open(vm_run *run, const char *name, bool existing, uint64_t size)
{
    vm_file *file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->size = size;
    if (existing && build_named(file, name) != PEL_OK) {
        free_file(file);
        return NULL;
    }
    file->next = run->files;
    run->files = file;
    return file;
}

/* ---- handles ----------------------------------------------------------- */

uint64_t vm_handle_new(vm_run *run, const vm_object *object)
{
    size_t i = 0;
    while (i < VM_OBJECT_MAX && run->objects[i])
        i++;
    vm_object *copy = i < VM_OBJECT_MAX ? malloc(sizeof *copy) : NULL;
    if (!copy)
        return 0;
    *copy = *object;
    run->objects[i] = copy;
    return 4 * (i + 1);
}

vm_object *vm_handle_get(const vm_run *run, uint64_t handle)
{
    bool good = handle % 4 == 0 && handle > 0 && handle / 4 <= VM_OBJECT_MAX;
    return good ? run->objects[handle / 4 - 1] : NULL;
}

bool vm_handle_close(vm_run *run, uint64_t handle)
{
    vm_object *object = vm_handle_get(run, handle);
    if (!object)
        return false;
    pel_section_object_free(object->section);
    free(object);
    run->objects[handle / 4 - 1] = NULL;
    return true;
}

void vm_objects_free(vm_run *run)
{
    for (uint64_t i = 1; i <= VM_OBJECT_MAX; i++)
        vm_handle_close(run, 4 * i);
    while (run->files) {
        vm_file *next = run->files->next;
        free_file(run->files);
        run->files = next;
    }
}
