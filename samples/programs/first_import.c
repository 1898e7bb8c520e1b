/* SPDX-License-Identifier: Apache-2.0 */
/* Run a program in Unicorn, from its entry point to the first function that it imports. The memory
 * is Pelorus': each page goes to the emulator when it is touched. */
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdio.h>
#include <unicorn/unicorn.h>

#define INSTRUCTIONS_MOST 1000000

/* Give the emulator the page that it misses, with the rights that Windows gives it. */
static bool bring_page(uc_engine *uc, uc_mem_type type, uint64_t va, int size, int64_t value,
                       void *process)
{
    pel_space *space = pel_process_space(process);
    pel_va page = { va & ~(uint64_t)(PEL_PAGE_SIZE - 1) };
    uint8_t bytes[PEL_PAGE_SIZE];
    pel_region region;
    (void)type, (void)size, (void)value;
    if (!pel_nt_success(pel_space_query(space, page, &region)) ||
        !pel_nt_success(pel_space_read(space, page, bytes, sizeof bytes, NULL)))
        return false; /* the program would fault, too */
    uint32_t rights = UC_PROT_READ;
    if (region.protect & (PEL_PAGE_READWRITE | PEL_PAGE_WRITECOPY | PEL_PAGE_EXECUTE_READWRITE |
                          PEL_PAGE_EXECUTE_WRITECOPY))
        rights |= UC_PROT_WRITE;
    if (region.protect & (PEL_PAGE_EXECUTE | PEL_PAGE_EXECUTE_READ | PEL_PAGE_EXECUTE_READWRITE |
                          PEL_PAGE_EXECUTE_WRITECOPY))
        rights |= UC_PROT_EXEC;
    return uc_mem_map(uc, page.v, PEL_PAGE_SIZE, rights) == UC_ERR_OK &&
           uc_mem_write(uc, page.v, bytes, sizeof bytes) == UC_ERR_OK;
}

/* Stop where the program calls what it imports. */
static void watch(uc_engine *uc, uint64_t va, uint32_t size, void *process)
{
    (void)size;
    for (size_t i = 0; i < pel_process_binding_count(process); i++) {
        const pel_binding *b = pel_process_binding_at(process, i);
        if (b->target.v != va)
            continue;
        printf("0x%" PRIx64 " is %.*s!%.*s\n", va, (int)b->dll.len, b->dll.ptr, (int)b->name.len,
               b->name.ptr);
        uc_emu_stop(uc);
        return;
    }
}

static void run(pel_process *process)
{
    uc_engine *uc;
    uc_hook on_code, on_miss;
    const pel_module *program = pel_process_module(process);
    const pel_furniture *furniture = pel_process_furniture(process);
    uint64_t stack = furniture->context.sp.v, teb = furniture->teb.v, at = 0;
    if (uc_open(UC_ARCH_X86, UC_MODE_64, &uc) != UC_ERR_OK)
        return;
    uc_hook_add(uc, &on_miss, UC_HOOK_MEM_UNMAPPED, (void *)(uintptr_t)bring_page, process, 1, 0);
    uc_hook_add(uc, &on_code, UC_HOOK_CODE, (void *)(uintptr_t)watch, process, 1, 0);
    uc_reg_write(uc, UC_X86_REG_RSP, &stack);
    uc_reg_write(uc, UC_X86_REG_GS_BASE, &teb);
    uc_err err = uc_emu_start(uc, program->entry.v, 0, 0, INSTRUCTIONS_MOST);
    uc_reg_read(uc, UC_X86_REG_RIP, &at);
    if (err != UC_ERR_OK)
        printf("%s at 0x%" PRIx64 "\n", uc_strerror(err), at);
    uc_close(uc);
}

int main(int argc, char **argv)
{
    pel_image *image = NULL;
    pel_machine *machine = NULL;
    pel_process *process = NULL;
    pel_start_options start = { .stub_missing = true }; /* no DLL is needed: traps will do */
    if (argc == 2 && pel_image_open(argv[1], NULL, &image) == PEL_OK &&
        pel_machine_new(NULL, &machine) == PEL_OK &&
        pel_nt_success(pel_process_new(machine, image, NULL, &process, NULL)) &&
        pel_nt_success(pel_process_start(process, &start)) && pel_image_is_wide(image))
        run(process);
    pel_process_free(process);
    pel_machine_free(machine);
    pel_image_free(image);
    return process ? 0 : 1;
}
