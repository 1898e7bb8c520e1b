/* SPDX-License-Identifier: Apache-2.0 */
/* Two processes of one program share its pages until one of them writes. */
#include <inttypes.h>
#include <pelorus/pelorus.h>
#include <stdio.h>

#define DATA 0x3000 /* RVA of the section .data in samples/images/tour.yaml */

/* A program and its two views on one machine. */
typedef struct pair {
    pel_machine *machine;
    pel_space *spaces[2];
} pair;

static void show(const pair *p, const char *when, pel_va at)
{
    printf("%s:\n", when);
    for (int i = 0; i < 2; i++) {
        pel_walk walk = pel_space_walk(p->spaces[i], at);
        pel_region region;
        char protect[64];
        pel_space_query(p->spaces[i], at, &region);
        pel_protect_format(region.protect, protect, sizeof protect);
        printf("  space %d  entry 0x%016" PRIx64 "  physical 0x%05" PRIx64 "  %s\n", i + 1,
               walk.steps[walk.count - 1].entry, walk.pa.v, protect);
    }
}

static void share_and_write(const pair *p, pel_va at)
{
    uint8_t byte;
    for (int i = 0; i < 2; i++)
        pel_space_read(p->spaces[i], at, &byte, 1, NULL);
    show(p, "both have read", at);
    pel_space_write(p->spaces[0], at, "!", 1, NULL);
    show(p, "the first has written", at);
    pel_counters c = pel_machine_counters(p->machine);
    printf("filled %" PRIu64 ", shared %" PRIu64 ", copied %" PRIu64 "\n", c.section_fills,
           c.section_shared, c.copies_on_write);
}

/* Map one section object into two spaces, as Windows does with one program run twice. */
static void run(const pel_image *image)
{
    const pel_optional_header *header = pel_image_optional_header(image);
    pel_va base = header->image_base;
    pel_section_object *section = NULL;
    pair p = { .machine = NULL };
    if (pel_machine_new(NULL, &p.machine) == PEL_OK &&
        pel_space_new(p.machine, NULL, &p.spaces[0]) == PEL_OK &&
        pel_space_new(p.machine, NULL, &p.spaces[1]) == PEL_OK &&
        pel_nt_success(pel_image_section_new(p.machine, image, base, NULL, &section)) &&
        pel_nt_success(pel_space_map(p.spaces[0], section, &base)) &&
        pel_nt_success(pel_space_map(p.spaces[1], section, &base)))
        share_and_write(&p, pel_va_of(base, (pel_rva){ DATA }));
    pel_section_object_free(section);
    pel_space_free(p.spaces[0]);
    pel_space_free(p.spaces[1]);
    pel_machine_free(p.machine);
}

int main(int argc, char **argv)
{
    pel_image *image = NULL;
    if (argc != 2 || pel_image_open(argv[1], NULL, &image) != PEL_OK)
        return 2;
    if (pel_check(image, NULL).rule == PEL_RULE_NONE)
        run(image);
    pel_image_free(image);
    return 0;
}
