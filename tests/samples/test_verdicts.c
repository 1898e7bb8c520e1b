/* SPDX-License-Identifier: Apache-2.0 */
/* What Windows 11 says to each sample, as samples/README.md has it. */
#include <stdio.h>

#include "check_pel.h"

static const struct {
    const char *file;
    pel_image_kind kind;
    pel_ntstatus status;
    pel_rule rule;
} samples[] = {
    { "tour.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "pe32.exe", PEL_IMAGE_PE32, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "dll.dll", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "flat.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "bss.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "tls.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "unwind.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "rich.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "longname.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "overlapping.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_SUCCESS, PEL_RULE_NONE },
    { "gap.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_INVALID_IMAGE_FORMAT, PEL_RULE_SECTION_CONTIGUOUS },
    { "truncated.exe", PEL_IMAGE_PE32PLUS, PEL_STATUS_INVALID_IMAGE_FORMAT,
      PEL_RULE_SECTION_PAST_EOF },
    { "te.efi", PEL_IMAGE_TE, PEL_STATUS_INVALID_IMAGE_NOT_MZ, PEL_RULE_NOT_MZ },
    { "rom.bin", PEL_IMAGE_ROM, PEL_STATUS_INVALID_IMAGE_FORMAT, PEL_RULE_BAD_MAGIC },
    { "ne.exe", PEL_IMAGE_NE, PEL_STATUS_INVALID_IMAGE_WIN_16, PEL_RULE_NE_WIN16 },
    { "le.vxd", PEL_IMAGE_LE, PEL_STATUS_INVALID_IMAGE_PROTECT, PEL_RULE_NOT_PE },
    { "lx.exe", PEL_IMAGE_LX, PEL_STATUS_INVALID_IMAGE_PROTECT, PEL_RULE_NOT_PE },
    { "dos.exe", PEL_IMAGE_DOS, PEL_STATUS_INVALID_IMAGE_PROTECT, PEL_RULE_NT_PAST_EOF },
};

START_TEST(a_sample_is_what_its_table_says)
{
    char path[512];
    pel_image *image;
    snprintf(path, sizeof path, "%s%s", SAMPLES, samples[_i].file);
    ck_ok(pel_image_open(path, NULL, &image));
    ck_assert_msg(pel_image_get_kind(image) == samples[_i].kind, "%s: kind", samples[_i].file);
    pel_verdict v = pel_check(image, NULL);
    ck_assert_msg(v.status == samples[_i].status && v.rule == samples[_i].rule, "%s: %s, %s",
                  samples[_i].file, pel_ntstatus_name(v.status), pel_rule_name(v.rule));
    pel_image_free(image);
}
END_TEST

PEL_TESTS(samples_verdicts)
{
    tcase_add_loop_test(tests, a_sample_is_what_its_table_says, 0,
                        sizeof samples / sizeof samples[0]);
}
