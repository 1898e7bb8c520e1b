/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a manifest can be XML. Names, attributes and the encoding are not judged; tags are
 * paired. */
#include <string.h>

#include "pe/lint.h"

static bool begins(pel_span s, size_t at, const char *with)
{
    for (; *with; with++, at++)
        if (!pel_span_has(s, at, 1) || s.data[at] != (uint8_t)*with)
            return false;
    return true;
}

/* Behind the next `end`; the size if there is none. */
static size_t behind(pel_span s, size_t at, const char *end)
{
    for (; at < s.size; at++)
        if (begins(s, at, end))
            return at + strlen(end);
    return s.size;
}

/* Behind the '>' of the tag at `at`, which may stand in quotation marks before; 0 if there is none.
 */
static size_t behind_tag(pel_span s, size_t at)
{
    uint8_t quote = 0;
    for (; at < s.size; at++) {
        uint8_t c = s.data[at];
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
        else if (!quote && c == '>')
            return at + 1;
    }
    return 0;
}

/* Elements that are open behind the markup at *at, of which `depth` were before; -1: broken. */
static int after_markup(pel_span s, size_t *at, int depth)
{
    size_t start = *at;
    if (begins(s, start, "<!--"))
        *at = behind(s, start, "-->");
    else if (begins(s, start, "<![CDATA["))
        *at = behind(s, start, "]]>");
    else if (begins(s, start, "<?"))
        *at = behind(s, start, "?>");
    else if ((*at = behind_tag(s, start)) == 0)
        return -1;
    else if (begins(s, start, "</"))
        return depth - 1;
    else if (!begins(s, start, "<!") && s.data[*at - 2] != '/')
        return depth + 1;
    return depth;
}

static bool tags_are_broken(pel_span s, size_t at)
{
    int depth = 0;
    while (depth >= 0 && at < s.size && s.data[at] != 0) {
        if (s.data[at] == '<')
            depth = after_markup(s, &at, depth);
        else
            at++;
    }
    return depth != 0;
}

bool pel_manifest_is_broken(pel_span bytes)
{
    size_t at = 0;
    uint32_t mark = pel_span_u16(bytes, 0);
    if (mark == 0xFEFF || mark == 0xFFFE) /* UTF-16 is not looked into */
        return !pel_span_has(bytes, 2, 2);
    if (mark == 0xBBEF)
        at = 3;
    for (; pel_span_has(bytes, at, 1); at++) {
        uint8_t c = bytes.data[at];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return c != '<' || tags_are_broken(bytes, at);
    }
    return true;
}
