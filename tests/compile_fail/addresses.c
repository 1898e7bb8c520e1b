/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled with GIVEN and WANTED set to two of the address types: it must compile when they are
 * the same, and must not when they differ. With CALL it is a call of the library instead. */
#include <pelorus/pelorus.h>

void use(void);

#ifdef CALL
void use(void)
{
    pel_foff foff = { 0 };
    pel_rva rva = { 0 };
    pel_va va = { 0 };
    pel_pa pa = { 0 };
    (void)foff, (void)rva, (void)va, (void)pa;
    CALL;
}
#else
static void want(WANTED address) { (void)address; }

void use(void)
{
    GIVEN address = { 0 };
    want(address);
}
#endif
