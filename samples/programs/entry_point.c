/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdio.h>

/* Fetch the first instruction as the processor would, and tell where it was. */
static void show_entry(pel_space *space, const pel_module *module)
{
    uint8_t code[4];
    pel_space_fetch(space, module->entry, code, sizeof code, NULL);
    pel_walk walk = pel_space_walk(space, module->entry);
    printf("entry point 0x%" PRIx64 ", physical 0x%" PRIx64 ": %02x %02x %02x %02x\n",
           module->entry.v, walk.pa.v, code[0], code[1], code[2], code[3]);
}

int main(int argc, char **argv)
{
    pel_image *image = NULL;
    pel_machine *machine = NULL;
    pel_process *process = NULL;
    pel_ntstatus status = PEL_STATUS_INVALID_PARAMETER;
    pel_verdict verdict;
    char why[256];
    if (argc == 2 && pel_image_open(argv[1], NULL, &image) == PEL_OK &&
        pel_machine_new(NULL, &machine) == PEL_OK) {
        status = pel_process_new(machine, image, NULL, &process, &verdict);
        if (pel_nt_success(status))
            show_entry(pel_process_space(process), pel_process_module(process));
        else if (pel_verdict_format(&verdict, why, sizeof why) > 0)
            printf("Windows answers %s: %s\n", pel_ntstatus_name(status), why);
    }
    pel_process_free(process);
    pel_machine_free(machine);
    pel_image_free(image);
    return pel_nt_success(status) ? 0 : 1;
}
