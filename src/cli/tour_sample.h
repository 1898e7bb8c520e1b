/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_TOUR_SAMPLE_H
#define PEL_CLI_TOUR_SAMPLE_H

#include <stddef.h>

/* The file that samples/images/tour.yaml describes, built with the program. */
extern const unsigned char pel_tour_sample[];
extern const size_t pel_tour_sample_size;

#endif
