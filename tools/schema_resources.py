# SPDX-License-Identifier: Apache-2.0
"""The resources of a dump, for make_schemas.py: the tree, and what its leaves hold."""

from schema_shapes import BOOLEAN, a_list, a_map, one_of, or_null, ref, text

SIGNED = {"type": "integer", "description": "may be negative"}
PLACED = {name: SIGNED for name in ("x", "y", "cx", "cy")}
CLASS = {"anyOf": [ref("named32"), ref("text"), {"type": "null"}]}


def font(**before):
    numbers = {name: ref("u16") for name in
               ("points", "vertical_resolution", "horizontal_resolution", "ascent", "height", "width",
                "weight")}
    return a_map({**before, "face": or_null(ref("text")), "version": ref("x16"), "size": ref("x32"),
                  "copyright": ref("text"), "vector": BOOLEAN, **numbers, "italic": BOOLEAN,
                  "underline": BOOLEAN, "strike_out": BOOLEAN, "charset": ref("u8"),
                  "first_char": ref("u8"), "last_char": ref("u8")}, "of RT_FONT, or of a directory")


def held(fields):
    """What the leaves hold, each under a key of its type."""
    return {
        "icons": a_list(ref("icon_entry"), "RT_GROUP_ICON"),
        "cursors": a_list(ref("cursor_entry"), "RT_GROUP_CURSOR"),
        "hot_spot": a_map({"x": ref("u16"), "y": ref("u16")}, "RT_CURSOR"),
        "picture": a_map({
            "format": one_of("unknown", "core", "dib", "png"), "width": SIGNED, "height": SIGNED,
            "planes": ref("u16"), "bits": ref("u16"), "compression": ref("u32"),
            "image_size": ref("x32"), "colors_used": ref("u32"),
        }, "RT_BITMAP, RT_ICON, RT_CURSOR"),
        "strings": a_list(a_map({"id": ref("u64"), "text": ref("text")}), "RT_STRING"),
        "messages": a_list(a_map({"id": ref("x32"), "flags": ref("x16"), "text": ref("text")}),
                           "RT_MESSAGETABLE"),
        "accelerators": a_list(ref("accelerator"), "RT_ACCELERATOR"),
        "manifest": ref("text", "RT_MANIFEST"),
        "version": a_map({
            "fixed": or_null(a_map({
                "file_version": text(r"^[0-9]+(\.[0-9]+){3}$"),
                "product_version": text(r"^[0-9]+(\.[0-9]+){3}$"),
                "file_subtype": or_null(text("^VFT2_"), "of a driver or font"), **fields("version_fixed"),
            })),
            "strings": a_list(a_map({"table": ref("text"), "key": ref("text"), "value": ref("text")})),
            "translations": a_list(a_map({"language": ref("named16"), "code_page": ref("u16")})),
        }, "RT_VERSION"),
        "dialog": a_map({
            "extended": BOOLEAN, "title": ref("text"), "class": CLASS, "menu": or_null(ref("key")),
            "style": ref("x32"), "exstyle": ref("x32"), **PLACED, "help_id": ref("u32"),
            "font": or_null(a_map({
                "point_size": ref("u16"), "weight": ref("u16"), "italic": ref("u8"),
                "charset": ref("u8"), "typeface": ref("text"),
            })),
            "items": a_list(a_map({
                "class": CLASS, "id": ref("u32"), "title": ref("key"), "style": ref("x32"),
                "exstyle": ref("x32"), **PLACED, "help_id": ref("u32"),
                "extra": ref("x16", "bytes of creation data"),
            })),
        }, "RT_DIALOG"),
        "menu": a_map({
            "extended": BOOLEAN, "help_id": ref("u32"),
            "items": a_list(a_map({
                "level": ref("u8"), "text": ref("text"), "id": ref("u32"), "popup": BOOLEAN,
                "flags": ref("flags16", "of the old form"), "type": ref("x32", "of the extended form"),
                "state": ref("x32"), "help_id": ref("u32"),
            }, optional=("flags", "type", "state", "help_id"))),
        }, "RT_MENU"),
        "font": font(), "fonts": a_list(font(ordinal=ref("u16")), "RT_FONTDIR"),
        "animation": a_map({
            "title": ref("text"), "author": ref("text"), "frames": ref("u32"), "steps": ref("u32"),
            "width": ref("u32"), "height": ref("u32"), "bits": ref("u32"), "planes": ref("u32"),
            "rate": ref("u32", "of a step, in 1/60 of a second"), "flags": ref("x32"),
        }, "RT_ANICURSOR, RT_ANIICON"),
        "dialog_include": ref("text", "RT_DLGINCLUDE"), "html": ref("text", "RT_HTML"),
        "looks_like": {"description": "of all other types: what the bytes begin like; null when it "
                                      "is nothing known", "type": ["string", "null"]},
    }


PROBLEM = {"description": "why the entry that leads there is not followed",
           "enum": ["loop", "depth", "unmapped"]}


def definitions(fields):
    """`fields` gives the fields of a structure by its name."""
    named = {"anyOf": [ref("named32"), ref("text"), {"type": "null"}]}
    holds = held(fields)
    return {
        "key": {"description": "a number, or a text", "anyOf": [ref("u32"), ref("text")]},
        "resource": a_map({
            "type": named, "name": or_null(ref("key")), "language": named,
            "deeper": a_list(ref("key"), "there when it lies deeper than Windows looks"),
            **fields("resource_data"),
            "offset": or_null(ref("x64", "of the bytes in the file")), "problem": PROBLEM, **holds,
            "end": {"description": "there when the bytes are not all there, or not what they should be",
                    "enum": ["truncated", "unmapped", "limit", "malformed"]},
        }, "a leaf of the tree", ("deeper", "problem", "end", *holds)),
        "resources": a_map({
            "directories": a_list(a_map({
                "path": a_list(ref("key"), "the keys that lead there; none to the root"),
                **fields("resource_directory"), "problem": PROBLEM,
            }, optional=("problem",)), "each before those inside of it"),
            "entries": a_list(ref("resource")),
            "end": {"description": "there when the tree is cut, or has more than the file can mean",
                    "enum": ["truncated", "unmapped", "limit"]},
        }, optional=("end",)),
    }
