"""Reads and makes ISO 8583 messages with pyiso8583, which nobody here wrote.

    second_reader.py DIALECTS FEEDS

DIALECTS is the folder of the built-in dialects' files, FEEDS that of the day's feeds. For
each message of the feeds that it can read, and for several hundred that it makes, it
prints a line of JSON: dialect, hex, and for each field how many bytes it takes with its
length, and its text.
"""
import json
import pathlib
import random
import re
import sys
import tomllib

import iso8583

DROPPED = {35, 36, 45, 52, 55}


def fields(dialects, name):
    """The field table of a dialect and what it extends, and its [encoding]."""
    raw = tomllib.loads((dialects / f"{name}.toml").read_text())
    table, encoding = ({}, {})
    if "extends" in raw:
        table, encoding = fields(dialects, raw["extends"])
    encoding = {**encoding, **raw.get("encoding", {})}
    table = {**table, **{int(n): text for n, text in raw.get("fields", {}).items()}}
    return table, encoding


def specification(table, encoding):
    """The same as pyiso8583 says it."""
    text = {"utf-8": "ascii", "ebcdic-037": "cp037"}[encoding["text"]]
    digits = {"ascii": "ascii", "ebcdic": "cp037", "bcd": "b"}[encoding["digits"]]
    lengths = {"ascii": "ascii", "ebcdic": "cp037", "bcd": "bcd"}[encoding["lengths"]]
    mti = {"ascii": "ascii", "ebcdic": "cp037", "bcd": "b"}[encoding["mti"]]
    hex_bitmap = encoding["bitmap"] == "hex"

    def field(data, length=0, most=0, count="bytes"):
        return {"data_enc": data, "len_enc": lengths, "len_type": length, "max_len": most,
                "len_count": count, "desc": ""}

    spec = {"h": field("b"), "t": field(mti, 0, 2 if mti == "b" else 4)}
    for bitmap in ("p", "1"):
        spec[bitmap] = field("ascii", 0, 16) if hex_bitmap else field("b", 0, 8)
    for number in range(2, 129):
        notation = table.get(number, "ans...999").split()[0]
        form, dots, size = re.fullmatch(r"([a-z+]+)(\.*)(\d+)", notation).groups()
        size = int(size)
        packed = form in ("n", "z", "x+n") and digits == "b"
        indicator = len(dots) if lengths != "bcd" else (len(dots) + 1) // 2
        if form == "b":
            data = "b" if encoding["binary"] == "raw" else "ascii"
            size = size if encoding["binary"] == "raw" else 2 * size
        elif form in ("n", "z", "x+n"):
            data = digits
        else:
            data = text
        if form == "x+n":
            size = 1 + (size + 1) // 2 if packed else 1 + size
            data = "b" if packed else data
            packed = False
        if packed and not dots:
            size = (size + 1) // 2
        count = "nibbles" if packed and dots else "bytes"
        spec[str(number)] = field(data, indicator, size, count)
    return spec


def line(name, message, spec):
    decoded, encoded = iso8583.decode(message, spec)
    parts = {}
    for number in range(2, 129):
        if str(number) in encoded:
            own = encoded[str(number)]
            parts[number] = [len(own["len"]) + len(own["data"]), decoded[str(number)]]
    return json.dumps({"dialect": name, "hex": message.hex(), "parts": parts})


def made(name, table, spec, rng):
    """A message with fields that anybody may draw."""
    message = {"t": rng.choice(["0200", "0210", "0220", "0420", "0430", "0810"])}
    for number in range(2, 128):
        if rng.random() < 0.4 or number in (1, 65) or number not in table:
            continue
        notation = table[number].split()[0]
        form, dots, size = re.fullmatch(r"([a-z+]+)(\.*)(\d+)", notation).groups()
        most = int(size)
        length = rng.randint(1, min(most, 30)) if dots else most
        digits = "".join(rng.choice("0123456789") for _ in range(length))
        of = spec[str(number)]
        packed = of["data_enc"] == "b"
        if form in ("n", "z"):
            if packed and length % 2:
                digits = "0" + digits if not dots else digits
                if dots:
                    digits = digits[:-1] or "12"
            message[str(number)] = digits
        elif form == "x+n":
            sign = rng.choice("CD")
            message[str(number)] = (sign.encode().hex() + digits) if packed else sign + digits
        elif form == "b":
            message[str(number)] = "".join(rng.choice("0123456789abcdef") for _ in range(2 * length))
        else:
            message[str(number)] = "".join(rng.choice("ABCXYZ 019/") for _ in range(length))
    encoded, _ = iso8583.encode(message, spec)
    return bytes(encoded)


def main(dialects, feeds):
    dialects, feeds = pathlib.Path(dialects), pathlib.Path(feeds)
    rng = random.Random(8583)
    for name in ("iso1987-ascii", "iso1987-ascii-bitmap", "iso1987-binary", "iso1987-ebcdic"):
        table, encoding = fields(dialects, name)
        spec = specification(table, encoding)
        feed = feeds / f"day-{name}.hex"
        if feed.exists():
            for text in feed.read_text().splitlines():
                if text and not text.startswith("#"):
                    try:
                        print(line(name, bytes.fromhex(text), spec))
                    # What is wrong in the feed on purpose, and 1993, which is another table.
                    except (ValueError, iso8583.DecodeError):
                        continue
        for _ in range(300):
            print(line(name, made(name, table, spec, rng), spec))


main(*sys.argv[1:])
