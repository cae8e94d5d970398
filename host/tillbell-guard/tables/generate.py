"""Makes ../src/cldr.txt, the words that may stand beside a number, of CLDR's data.

    npm install cldr-core cldr-numbers-full cldr-dates-full
    python3 generate.py node_modules > ../src/cldr.txt

A line is a word as the guard folds it, a tab, and what it is: `m10,11` a month (listopada is one of two),
`i9` a month of the Islamic calendar, `x` a multiplier (thousand, lakh, 万),
`$USD,AUD` a mark or name of these currencies. Sorted by bytes, each word once.
Only what people meet: the languages below, currencies in use today.
"""
import collections
import json
import pathlib
import re
import sys
import unicodedata

LANGUAGES = """en en-AU en-CA en-GB en-IN en-KE en-NG en-SG en-ZA en-TZ en-UG en-GH en-RW en-PK en-LK en-PH
zh zh-Hant zh-Hant-HK yue ja ko de de-CH fr fr-CH fr-CA es es-MX es-AR es-CL es-CO es-PE es-PY es-DO es-UY es-BO
es-CR es-GT es-HN es-NI es-PA es-VE pt pt-PT it nl sv nb nn da fi is pl cs sk hu ro bg sr sr-Latn bs hr sl mk sq
el tr az ru uk be kk uz ky mn ka hy ar fa he ur hi bn ta te mr gu kn ml pa si ne th lo km my vi id ms fil sw am
af zu so ha yo ig et lv lt ca eu gl""".split()
NAMED = """en zh zh-Hant ja ko de fr es pt it nl sv nb da fi pl cs hu ro bg sr hr el tr ru uk ar fa he hi th vi id sw""".split()
HIJRI = "en ar fa ur tr id ms".split()
ROOM = pathlib.Path(__file__).parent


def letters():
    """The tables of ../src/letters.rs."""
    text = (ROOM / "../src/letters.rs").read_text()
    tables = {n: b.replace("\\\n", "").replace(" ", "").strip()
              for n, b in re.findall(r'const (\w+): &\[u8\] = b"(.*?)";', text, re.S)}
    starts = re.findall(r"\((0x[0-9a-f]+), (\w+)\)", text)
    return {int(s, 16) + i: c for s, n in starts for i, c in enumerate(tables[n]) if c != "."}


LETTERS = letters()


def fold(text):
    out = []
    for ch in text:
        code = ord(ch)
        if 0xFF01 <= code <= 0xFF5E:
            ch = chr(code - 0xFEE0)
        if ch in "\u200b\u200e\u200f\u061c" or 0x300 <= code <= 0x36F or ch.isspace() or ch == "\u00a0":
            continue
        out.append(LETTERS.get(code) or ch.lower()[:1])
    return "".join(out).strip(".").replace("¥", "¥")


def main(modules):
    modules = pathlib.Path(modules)
    regions = json.loads((modules / "cldr-core/supplemental/currencyData.json").read_text())
    regions = regions["supplemental"]["currencyData"]["region"]
    active = {code for spans in regions.values() for span in spans
              for code, of in span.items() if "_to" not in of and of.get("_tender") != "false"}
    active |= {"CNH"}
    words = collections.defaultdict(set)
    ours = set()

    def put(text, what):
        word = fold(text)
        if 1 <= len(word) <= 24 and len(word.encode()) <= 48 and not any(c.isdigit() for c in word) and any(ord(c) > 64 or c in "$" for c in word):
            words[word].add(what)

    for language in LANGUAGES:
        def load(package, name):
            path = modules / package / "main" / language / name
            return json.loads(path.read_text())["main"][language] if path.exists() else None
        data = load("cldr-numbers-full", "currencies.json")
        if data:
            names = {}
            for code, of in data["numbers"]["currencies"].items():
                if code not in active:
                    continue
                for key, value in of.items():
                    if key.startswith("symbol") and value != code:
                        put(value, code)
                    elif key.startswith("displayName"):
                        names.setdefault(code, set()).add(re.sub(r"\(.*?\)", "", value).strip())
            ends = [collections.Counter(), collections.Counter()]
            split = lambda name: [w for w in re.split(r"[\s\-]+", name) if w]
            for forms in names.values():
                for side in (0, -1):
                    ends[side].update({split(f)[side] for f in forms if split(f)})
            side = 0 if max(ends[0].values()) > max(ends[-1].values()) else -1
            for code, forms in names.items() if language in NAMED else ():
                for form in forms:
                    # Whole too, where others' names end alike: Swiss francs.
                    if language == "en" and len(split(form)) > 1:
                        put(form, code)
                    word = split(form)[side] if split(form) else ""
                    if len(word) > 2 or ord((word or "a")[0]) > 0x2000:
                        put(word, code)
        data = load("cldr-numbers-full", "numbers.json")
        if data:
            for key, system in data["numbers"].items():
                if not key.startswith("decimalFormats-"):
                    continue
                for length in ("long", "short"):
                    for pattern in system[length]["decimalFormat"].values():
                        if not isinstance(pattern, str):
                            continue
                        word = re.sub(r"[0#¤'\s\u200f]", "", pattern)
                        if len(fold(word)) > 2 or ord((fold(word) or "a")[0]) > 0x900:
                            put(word, "x")
        for calendar, kind in (("ca-gregorian", "m"), ("ca-islamic", "i")):
            if kind == "i" and language not in HIJRI:
                continue
            data = load("cldr-dates-full" if kind == "m" else "cldr-cal-islamic-full", calendar + ".json")
            if not data:
                continue
            calendars = data["dates"]["calendars"]
            months = calendars[calendar[3:]]["months"]
            for style in months.values():
                for width in ("wide", "abbreviated"):
                    for number, name in style[width].items():
                        if number.isdigit():
                            put(name, kind + number)
    for line in (ROOM / "words.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            word, what = line.rsplit(" ", 1)
            if what == "-":
                words.pop(fold(word), None)
                continue
            if fold(word) not in ours:
                ours.add(fold(word))
                words.pop(fold(word), None)
            for one in what.split(","):
                put(word, one)
    rows = []
    for word, whats in words.items():
        for kind in ("m", "i"):
            if any(re.fullmatch(kind + r"\d+", w) for w in whats):
                numbers = sorted(int(w[1:]) for w in whats if re.fullmatch(kind + r"\d+", w))
                rows.append((word, kind + ",".join(map(str, numbers))))
                break
        else:
            codes = sorted(w for w in whats if w.isupper())
            if len(codes) > (60 if len(word) > 4 else 26) and word not in ours:
                continue
            if codes:
                rows.append((word, "$" + ",".join(codes)))
            else:
                rows.append((word, "x"))
    for word, what in sorted(rows, key=lambda row: row[0].encode()):
        print(f"{word}\t{what}")


main(sys.argv[1])
