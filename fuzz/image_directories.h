/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_IMAGE_DIRECTORIES_H
#define FUZZ_IMAGE_DIRECTORIES_H

/* The parts of fuzz_image.c that ask an image about its directories. */

#include <pelorus/pelorus.h>

/** Everything there is to ask. */
void ask_directories(const pel_image *image);

/** image_objects.c: what is no image; archives in archives, begun with depth 0. */
void ask_objects(const pel_image *image, unsigned depth);

/* image_data.c */
void ask_debug(const pel_image *image);
void ask_coff(const pel_image *image);
void ask_symbols(const pel_image *image);
void ask_resources(const pel_image *image);
void ask_functions(const pel_image *image);
void ask_guard_tables(const pel_image *image);

/* image_extract.c */
void ask_extract(const pel_image *image);

/* What is told lies in the file. */
void must_be_there(const pel_image *image, bool has_offset, pel_foff offset, size_t size);
void must_be_text(const pel_image *image, pel_str text);
void must_be_part(pel_span file, pel_span part);

#endif
