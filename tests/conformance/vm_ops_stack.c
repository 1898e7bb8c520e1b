/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks: RtlCreateUserStack, and threads that touch theirs. */
#include "vm_case.h"

const vm_op vm_stack_ops[] = {
    { NULL, NULL },
};
