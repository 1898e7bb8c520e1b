# SPDX-License-Identifier: Apache-2.0
"""DER, and the PKCS#7 of Authenticode, written from the specifications: by no code of the library."""


def tlv(tag, *parts):
    value = b"".join(parts)
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value


def oid(text):
    numbers = [int(part) for part in text.split(".")]
    out = b""
    for number in [numbers[0] * 40 + numbers[1], *numbers[2:]]:
        piece = [number & 0x7F]
        while number := number >> 7:
            piece.insert(0, number & 0x7F | 0x80)
        out += bytes(piece)
    return tlv(6, out)


def sequence(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def octets(value):
    return tlv(4, value)


def split(data):
    """The values, one behind the other, as (tag, whole, value)."""
    at = 0
    while at < len(data):
        size, start = data[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[at + 2:start], "big")
        yield data[at], data[at:start + size], data[start:start + size]
        at = start + size


SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"), tlv(5))
RSA = sequence(oid("1.2.840.113549.1.1.1"), tlv(5))
SPC = "1.3.6.1.4.1.311.2.1."


def attribute(name, *values):
    return sequence(oid(name), set_of(*values))


def indirect_data(digest):
    """SpcIndirectDataContent, without its own tag and length."""
    image = sequence(tlv(3, b"\0"), tlv(0xA0, tlv(0xA2, tlv(0x80))))
    return sequence(oid(SPC + "15"), image) + sequence(SHA256, octets(digest))


def issuer_and_serial(certificate):
    (_, _, outer), = split(certificate)
    _, _, body = next(split(outer))
    fields = [whole for tag, whole, _ in split(body) if tag != 0xA0]
    return sequence(fields[2], fields[0])


def signer(certificate, attributes, sign, unsigned=b""):
    """A SignerInfo; `attributes` is what stands in the SET."""
    signature = sign(tlv(0x31, attributes))
    return sequence(tlv(2, b"\1"), issuer_and_serial(certificate), SHA256, tlv(0xA0, attributes),
                    RSA, octets(signature), *([tlv(0xA1, unsigned)] if unsigned else [])), signature


def signed_data(content_type, content, certificates, signers):
    return sequence(oid("1.2.840.113549.1.7.2"), tlv(0xA0, sequence(
        tlv(2, b"\1"), set_of(SHA256), sequence(oid(content_type), tlv(0xA0, content)),
        tlv(0xA0, *certificates), tlv(0x31, *signers))))
