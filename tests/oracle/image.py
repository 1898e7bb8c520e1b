# SPDX-License-Identifier: Apache-2.0
"""What the rules want to know of a PE file, read here and not asked of pelorus."""

import functools
import struct

PAGE = 4096
RELOCS_STRIPPED, DLL, DYNAMIC_BASE = 0x0001, 0x2000, 0x0040
SHARED, WRITE = 0x10000000, 0x80000000
BASERELOC, TLS, LOAD_CONFIG = 5, 9, 10
WIDTHS = {1: 2, 2: 2, 3: 4, 10: 8}  # HIGH, LOW, HIGHLOW, DIR64


class Image:
    """A PE32+ file; `is_wide` is false for all others, and nothing else of them is known."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = data = file.read()
        pe = struct.unpack_from("<I", data, 60)[0] if len(data) >= 64 else 0
        self.is_wide = data[:2] == b"MZ" and data[pe:pe + 4] == b"PE\0\0" and \
            data[pe + 4:pe + 6] == b"\x64\x86" and data[pe + 24:pe + 26] == b"\x0b\x02"
        if self.is_wide:
            self.read_headers(pe)

    def read_headers(self, pe):
        count, optional_size, self.flags = struct.unpack_from("<2xH12xHH", self.data, pe + 4)
        optional = pe + 24
        self.image_base_field = optional + 24
        self.image_base, self.section_alignment, self.file_alignment = struct.unpack_from(
            "<QII", self.data, optional + 24)
        self.size, self.header_size = struct.unpack_from("<II", self.data, optional + 56)
        self.view_size = -(-self.size // PAGE) * PAGE
        self.dll_flags = struct.unpack_from("<H", self.data, optional + 70)[0]
        directories = struct.unpack_from("<I", self.data, optional + 108)[0]
        self.directories = [struct.unpack_from("<II", self.data, optional + 112 + 8 * i)
                            if i < directories else (0, 0) for i in range(16)]
        self.sections = [struct.unpack_from("<8xIIII12xI", self.data, optional + optional_size +
                                            40 * i) for i in range(count)]

    def kind(self):
        """Images that are equal in these are alike; see the spread."""
        return (len(self.sections), self.flags, self.dll_flags, self.file_alignment,
                *(self.directories[i][1] > 0 for i in (BASERELOC, TLS)))

    @property
    def is_flat(self):
        return self.section_alignment % PAGE != 0

    @property
    def is_dll(self):
        """Wine does not relocate a program, and so it cannot tell about one."""
        return self.flags & DLL != 0

    @property
    def moved_by_kernel(self):
        """Windows relocates it as it maps it, not in the loader of the process."""
        return (self.dll_flags & DYNAMIC_BASE and not self.flags & RELOCS_STRIPPED and
                not self.is_flat and self.directories[BASERELOC][1] > 0)

    def section_at(self, rva):
        """The section whose VirtualSize reaches the page at `rva`."""
        for virtual, start, raw, offset, flags in self.sections:
            if start <= rva < start + (virtual or raw):
                return virtual, start, raw, offset, flags
        return None

    def has_contents(self, rva):
        return self.is_flat or rva < self.header_size or self.section_at(rva) is not None

    def is_shared(self, rva):
        section = self.section_at(rva)
        return section is not None and section[4] & (SHARED | WRITE) == SHARED | WRITE

    def from_file(self, rva, size):
        """Bytes of a section, or none."""
        section = self.section_at(rva)
        start = rva - section[1] + section[3] if section else len(self.data)
        return self.data[start:start + size]

    @property
    def cookie(self):
        """RVA of the security cookie, or None."""
        config = self.from_file(*self.directories[LOAD_CONFIG])
        va = int.from_bytes(config[88:96], "little")
        return va - self.image_base if va else None

    def is_patched(self, base, rva):
        """The loader, and not the kernel, relocates something in the page at `rva`."""
        return (base != self.image_base and not self.moved_by_kernel and
                rva // PAGE in self.pages_with_relocations)

    @functools.cached_property
    def pages_with_relocations(self):
        table = self.from_file(*self.directories[BASERELOC])
        pages, at = set(), 0
        while at + 8 <= len(table):
            page, size = struct.unpack_from("<II", table, at)
            if size < 8:
                break
            for (entry,) in struct.iter_unpack("<H", table[at + 8:at + size]):
                first = page + (entry & 0xFFF)
                end = first + WIDTHS.get(entry >> 12, 0)
                pages.update(range(first // PAGE, (end - 1) // PAGE + 1) if end > first else ())
            at += size
        return pages
