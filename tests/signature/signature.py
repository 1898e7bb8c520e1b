#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signatures from end to end.

usage: signature.py signed|osslsigncode|corpus PELORUS SAMPLES

signed        sign a sample, and see what each change of a byte does to the status
osslsigncode  the same facts about a file that osslsigncode signs and stamps
corpus        every file of $PELORUS_CORPUS that is signed: both digests are the same

The keys are made when the test runs, and gone afterwards. Exits with 77 when a tool is missing.
"""

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import der

SKIPPED = 77
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
WARNINGS = {
    "malformed": {"CERTIFICATE_BROKEN"},
    "digest-mismatch": {"SIGNATURE_DIGEST_MISMATCH"},
    "no-certificate": {"SIGNATURE_NO_CERTIFICATE"},
    "bad-signature": {"SIGNATURE_BAD"},
}
CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:true
[code]
extendedKeyUsage = codeSigning
[stamp]
extendedKeyUsage = critical, timeStamping
"""


def run(*arguments, data=None):
    return subprocess.run(arguments, check=True, input=data, capture_output=True).stdout


# ---- keys and certificates --------------------------------------------------------


class Authority:
    """A root of our own in `folder`, and certificates by it."""

    def __init__(self, folder):
        self.folder = folder
        with open(self.path("openssl.cnf"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        self.root("root")
        self.root("other")

    def path(self, name):
        return os.path.join(self.folder, name)

    def root(self, name):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "30",
            "-config", self.path("openssl.cnf"), "-extensions", "ca", "-subj", f"/O=Test/CN={name}",
            "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"))

    def leaf(self, name, extensions, days):
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-config", self.path("openssl.cnf"),
            "-subj", f"/O=Test/CN={name}", "-keyout", self.path(f"{name}.key"),
            "-out", self.path(f"{name}.csr"))
        run("openssl", "x509", "-req", "-in", self.path(f"{name}.csr"), "-sha256",
            "-CA", self.path("root.pem"), "-CAkey", self.path("root.key"), "-CAcreateserial",
            "-days", str(days), "-extfile", self.path("openssl.cnf"), "-extensions", extensions,
            "-out", self.path(f"{name}.pem"))
        return run("openssl", "x509", "-in", self.path(f"{name}.pem"), "-outform", "DER")

    def signer(self, name):
        return lambda data: run("openssl", "dgst", "-sha256", "-sign", self.path(f"{name}.key"),
                                data=data)


# ---- files --------------------------------------------------------------------


def places(file):
    """File offsets of CheckSum and of the directory entry."""
    nt, = struct.unpack_from("<I", file, 60)
    magic, = struct.unpack_from("<H", file, nt + 24)
    return nt + 24 + 64, nt + 24 + (96 if magic == 0x10B else 112) + 4 * 8


def digest_of(file, table):
    checksum, entry = places(file)
    return hashlib.sha256(file[:checksum] + file[checksum + 4:entry] + file[entry + 8:table]).digest()


def entry(content):
    size = len(content) + 8
    return struct.pack("<IHH", size, 0x200, 2) + content + bytes(-size % 8)


def with_table(file, *contents):
    table = b"".join(entry(content) for content in contents)
    out = bytearray(file + table)
    struct.pack_into("<II", out, places(file)[1], len(file), len(table))
    return bytes(out)


class Case:
    def __init__(self, pelorus, folder):
        self.pelorus = pelorus
        self.file = os.path.join(folder, "case.exe")

    def dump(self, data, *options):
        with open(self.file, "wb") as file:
            file.write(data)
        return self.read(self.file, *options)

    def read(self, path, *options):
        return json.loads(run(self.pelorus, "dump", "--format=json",
                              "--only=certificates,signature,hashes,diagnostics", *options, path))

    def expect(self, data, status, *options):
        """The status, and one warning for what cannot hold: whether somebody is trusted warns nobody."""
        document = self.dump(data, *options)
        got = document["signature"]["status"]
        assert got == status, f"want {status}, got {got}"
        told = {d["code"] for d in document["diagnostics"] if d["code"].startswith(("SIGNATURE_", "CERTIFICATE_BROKEN"))}
        assert told == WARNINGS.get(status, set()), f"{status}: {told}"


def flipped(data, at):
    out = bytearray(data)
    out[at] ^= 0x10
    return bytes(out)


# ---- signed by ourselves ----------------------------------------------------------


def code_signer(authority, certificate, content, name="code", unsigned=b""):
    program = der.sequence(der.tlv(0xA0, der.tlv(0x80, "Größe".encode("utf-16-be"))),
                           der.tlv(0xA1, der.tlv(0x80, b"https://example.org/")))
    attributes = b"".join(sorted([
        der.attribute("1.2.840.113549.1.9.3", der.oid(der.SPC + "4")),
        der.attribute(MESSAGE_DIGEST, der.octets(hashlib.sha256(content).digest())),
        der.attribute(der.SPC + "12", program)]))
    return der.signer(certificate, attributes, authority.signer(name), unsigned)


def counter_signature(authority, certificate, signature, time):
    """Of PKCS#9: a SignerInfo whose content is the signature."""
    attributes = b"".join(sorted([
        der.attribute(MESSAGE_DIGEST, der.octets(hashlib.sha256(signature).digest())),
        der.attribute("1.2.840.113549.1.9.5", der.tlv(0x17, time))]))
    info, _ = der.signer(certificate, attributes, authority.signer("stamp"))
    return der.attribute("1.2.840.113549.1.9.6", info)


def token(authority, certificate, signature, time):
    """Of RFC 3161: signed data of its own."""
    info = der.sequence(der.tlv(2, b"\1"), der.oid("1.2.3"),
                        der.sequence(der.SHA256, der.octets(hashlib.sha256(signature).digest())),
                        der.tlv(2, b"\7"), der.tlv(0x18, time))
    attributes = der.attribute(MESSAGE_DIGEST, der.octets(hashlib.sha256(info).digest()))
    stamped, _ = der.signer(certificate, attributes, authority.signer("stamp"))
    return der.attribute("1.3.6.1.4.1.311.3.3.1", der.signed_data(
        "1.2.840.113549.1.9.16.1.4", der.octets(info), [certificate], [stamped]))


def signed_by(authority, names, digest, unsigned=lambda signature: b"", name="code"):
    """A SignedData by `name` with the certificates `names`."""
    content = der.indirect_data(digest)
    info, signature = code_signer(authority, names[name], content, name)
    if extra := unsigned(signature):
        info, again = code_signer(authority, names[name], content, name, extra)
        assert again == signature  # PKCS#1 1.5 has no salt
    return der.signed_data(der.SPC + "4", der.sequence(content), names.values(), [info])


def check_intact(case, good, ca, other):
    document = case.dump(good)
    signature = document["certificates"][0]["signed_data"]
    signer = signature["signers"][0]
    assert signature["digest"]["signed"] == document["hashes"]["authentihash"]["sha256"]
    assert signer["subject"] == "O=Test, CN=code" and signer["issuer"] == "O=Test, CN=root"
    assert signer["program"] == {"name": "Größe", "url": "https://example.org/"}
    case.expect(good, "intact")
    case.expect(good, "valid", ca)
    case.expect(good, "untrusted", other)


def check_changes(case, sample, good, certificate):
    checksum, place = places(good)
    case.expect(flipped(good, checksum), "intact")
    for at in (2, checksum + 4, place - 1, place + 8, len(sample) - 1):
        case.expect(flipped(good, at), "digest-mismatch")
    signed = der.tlv(0x30, der.indirect_data(digest_of(sample, len(sample))))
    digest = good.index(hashlib.sha256(signed[2:]).digest())
    case.expect(flipped(good, digest), "bad-signature")
    # The signature itself is what ends the entry. And the content of somebody who changed the file
    # and put its new digest there: the attributes still have that of the old content.
    table = len(sample) + struct.unpack_from("<I", good, len(sample))[0]
    case.expect(flipped(good, table - 1), "bad-signature")
    changed = flipped(good, len(sample) - 1)
    case.expect(changed.replace(digest_of(sample, len(sample)), digest_of(changed, len(sample))),
                "bad-signature")
    for command, options in (("dump", ("--only=signature",)), ("check", ())):
        for data, wanted in ((good, 0), (changed, 1)):
            with open(case.file, "wb") as file:
                file.write(data)
            done = subprocess.run([case.pelorus, command, "--strict", *options, case.file],
                                  capture_output=True, check=False)
            assert done.returncode == wanted, (command, wanted, done)
    serial = good.index(certificate) + 15
    case.expect(flipped(good, serial), "no-certificate")
    case.expect(good[:-16], "malformed")


def check_time(case, authority, names, sample, ca):
    """A certificate that is over: valid if a time stamp says that it was not, then."""
    digest = digest_of(with_table(sample, b""), len(sample))
    over = {**names, "over": authority.leaf("over", "code", 1)}
    old = run("openssl", "x509", "-in", authority.path("over.pem"), "-noout", "-startdate")
    assert old
    for make, time, status in (
            (counter_signature, b"200101000000Z", "untrusted"),
            (token, b"20200101000000Z", "untrusted")):
        # Stamped before any of these certificates was valid: the stamp proves nothing.
        data = signed_by(authority, over, digest, lambda s: make(authority, names["stamp"], s, time))
        stamp = case.dump(with_table(sample, data), ca)["certificates"][0]["signed_data"]["signers"][0][
            "timestamps"][0]
        assert stamp["status"] == "expired" and stamp["time"]["utc"].startswith("2020"), (status, stamp)
        case.expect(with_table(sample, data), "valid", ca)


def check_summary(case, authority, names, digest, sample):
    """Two lines for people: what protects the file, and whose signature it is."""

    def lines(data):
        with open(case.file, "wb") as file:
            file.write(data)
        text = run(case.pelorus, "dump", case.file).decode()
        return [next(line[16:] for line in text.splitlines() if line.startswith(f"  {label} "))
                for label in ("protections", "signature")]

    data = signed_by(authority, names, digest)
    protections, signature = lines(with_table(sample, data))
    assert "signed" in protections.split(";")[0] and signature == "intact (sha256), by code, no time stamp"
    protections, signature = lines(flipped(with_table(sample, data), 2))
    assert "signed" in protections.split(";")[1] and signature.startswith("digest-mismatch"), protections
    nested = [signed_by(authority, names, value) for value in (digest, bytes(32))]
    for inner, told in zip(nested, ("nested sha256", "nested sha256 digest-mismatch")):
        _, signature = lines(with_table(sample, signed_by(
            authority, names, digest, lambda _, i=inner: der.attribute("1.3.6.1.4.1.311.2.4.1", i))))
        assert signature == f"intact (sha256, {told}), by code, no time stamp", signature
    # A certificate that says of itself what it likes, and nobody else does.
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
        "-config", authority.path("openssl.cnf"), "-extensions", "code",
        "-subj", "/CN=Example, O=Somebody", "-keyout", authority.path("fake.key"),
        "-out", authority.path("fake.pem"))
    fake = run("openssl", "x509", "-in", authority.path("fake.pem"), "-outform", "DER")
    data = with_table(sample, signed_by(authority, {"fake": fake}, digest, name="fake"))
    _, signature = lines(data)
    assert signature == "intact (sha256), by Example\\, O=Somebody (self-signed), no time stamp", signature
    document = case.dump(data)["signature"]
    # Documents double every backslash.
    assert document["subject"] == r"CN=Example\\, O=Somebody" and document["self_signed"], document
    assert not case.dump(with_table(sample, signed_by(authority, names, digest)))["signature"]["self_signed"]


def signed(case, authority, sample):
    names = {"code": authority.leaf("code", "code", 20), "stamp": authority.leaf("stamp", "stamp", 20)}
    ca, other = (f"--ca={authority.path(name)}" for name in ("root.pem", "other.pem"))
    digest = digest_of(with_table(sample, b""), len(sample))
    data = signed_by(authority, names, digest)
    good = with_table(sample, data)
    check_intact(case, good, ca, other)
    check_changes(case, sample, good, names["code"])
    check_time(case, authority, names, sample, ca)

    check_summary(case, authority, names, digest, sample)
    # A key that may sign time stamps only.
    case.expect(with_table(sample, signed_by(authority, names, digest, name="stamp")), "untrusted", ca)
    # Several entries, and signatures within signatures, without end.
    nested = data
    for _ in range(6):
        inner = nested
        nested = signed_by(authority, names, digest,
                           lambda _, i=inner: der.attribute("1.3.6.1.4.1.311.2.4.1", i))
    document = case.dump(with_table(sample, nested, data, b"nothing"))
    depth, at = 0, document["certificates"][0]["signed_data"]
    while at:
        signer = at["signers"][0]
        assert signer["status"] == "intact"
        depth, at = depth + 1, signer["nested"][0]["signed_data"] if signer["nested"] else None
    assert depth == 3, depth
    # The inner one is for another file.
    inner = signed_by(authority, names, bytes(32))
    nested = signed_by(authority, names, digest,
                       lambda _: der.attribute("1.3.6.1.4.1.311.2.4.1", inner))
    told = case.dump(with_table(sample, nested))["diagnostics"]
    assert [d["field"] for d in told if d["code"] == "SIGNATURE_DIGEST_MISMATCH"] == [
        "certificates[0].signed_data.signers"], told
    assert [bool(c["signed_data"]) for c in document["certificates"]] == [True, True, False]
    # Thousands of signatures: an answer for each, and no more keys than a file may use.
    many = case.dump(with_table(sample, *[data] * 1000))["certificates"]
    stati = [c["signed_data"]["signers"][0]["status"] for c in many]
    assert len(stati) == 1000 and stati[0] == "intact" and stati[-1] == "limit", stati[-1]


# ---- other programs ---------------------------------------------------------------


def osslsigncode(case, authority, sample):
    if not shutil.which("osslsigncode"):
        sys.exit(SKIPPED)
    authority.leaf("code", "code", 20)
    authority.leaf("stamp", "stamp", 20)
    path, out = authority.path("in.exe"), authority.path("out.exe")
    for extra in range(3):  # sizes that are no multiple of 8, too
        with open(path, "wb") as file:
            file.write(sample + b"x" * extra)
        before = case.read(path)["hashes"]["authentihash"]["sha256"]
        if os.path.exists(out):
            os.remove(out)
        run("osslsigncode", "sign", "-certs", authority.path("code.pem"), "-key",
            authority.path("code.key"), "-n", "name", "-i", "https://example.org/", "-ph", "-h", "sha256",
            "-TSA-certs", authority.path("stamp.pem"), "-TSA-key", authority.path("stamp.key"),
            "-in", path, "-out", out)
        document = case.read(out, f"--ca={authority.path('root.pem')}")
        data = document["certificates"][0]["signed_data"]
        signer, = data["signers"]
        assert document["signature"]["status"] == "valid", document["signature"]
        assert data["digest"]["signed"] == before, "the digest before and after"
        pages = data["digest"]["pages"]
        assert pages["count"] > 0 and pages["differing"] == 0, pages
        assert signer["program"] == {"name": "name", "url": "https://example.org/"}
        assert [(t["kind"], t["status"]) for t in signer["timestamps"]] == [("rfc3161", "valid")]


def corpus(case, _authority, _sample):
    root = os.environ.get("PELORUS_CORPUS")
    if not root:
        sys.exit(SKIPPED)
    count = 0
    for folder, _, names in os.walk(root):
        for path in (os.path.join(folder, name) for name in names):
            with open(path, "rb") as file:
                head = file.read(4096)
            try:
                if head[:2] != b"MZ" or struct.unpack_from("<I", head, places(head)[1])[0] == 0:
                    continue
            except struct.error:
                continue
            document = case.read(path)
            for certificate in document.get("certificates", []):
                digest = (certificate["signed_data"] or {}).get("digest")
                assert not digest or digest["signed"] == digest["computed"], path
            signature = document.get("signature")
            assert not signature or signature["status"] == "intact", f"{path}: {signature}"
            count += bool(signature)
    print(f"{count} signed files")


def main(test, pelorus, samples):
    if not shutil.which("openssl"):
        sys.exit(SKIPPED)
    with open(os.path.join(samples, "pe32.exe"), "rb") as file:
        sample = file.read()
    with tempfile.TemporaryDirectory() as folder:
        tests = {"signed": signed, "osslsigncode": osslsigncode, "corpus": corpus}
        tests[test](Case(pelorus, folder), Authority(folder), sample)


if __name__ == "__main__":
    main(*sys.argv[1:])
