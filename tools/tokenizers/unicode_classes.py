#!/usr/bin/env python3
"""Writes src/tokenizers/unicode_classes.c: the character classes of the reference tokenizers.

    python3 tools/tokenizers/unicode_classes.py > src/tokenizers/unicode_classes.c

The `tokenizers` package takes its classes from three tables of different Unicode versions. Asking it about every
code point gives the sets that decide where its tokens end, independent of the Unicode version of any library here.
"""
import tokenizers
from tokenizers import normalizers, pre_tokenizers


def bert(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**flags, **on}).normalize_str


def main():
    clean, strip, lower = bert(clean_text=True), bert(strip_accents=True), bert(lowercase=True)
    words, pieces = pre_tokenizers.BertPreTokenizer(), pre_tokenizers.ByteLevel(add_prefix_space=False)
    sets = {name: [] for name in ("removed", "punctuation", "mark", "letter", "number")}
    lowered = []
    for code in range(128, 0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        c = chr(code)
        if clean("a" + c) == "a":
            sets["removed"].append(code)
        if len(words.pre_tokenize_str("a" + c + "b")) == 3:
            sets["punctuation"].append(code)
        if strip(c) == "":
            sets["mark"].append(code)
        if len(pieces.pre_tokenize_str("a" + c)) == 1:
            sets["letter"].append(code)
        if len(pieces.pre_tokenize_str("1" + c)) == 1:
            sets["number"].append(code)
        small = lower(c)
        if small != c and len(small) == 1:
            lowered.append((code, ord(small)))
    print("/* Made by tools/tokenizers/unicode_classes.py from tokenizers %s; not to be edited. */" %
          tokenizers.__version__)
    print('#include "tokenizers/unicode.h"\n\n/* clang-format off */')
    for name, codes in sets.items():
        ranges = []
        for code in codes:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
        table("rc__%s_range" % name, "rc__code_range", ["{0x%X, 0x%X}" % tuple(r) for r in ranges])
    steps = []  # first, last, step, distance: runs of capitals in a row, or every other one
    for code, small in lowered:
        last = steps[-1] if steps else None
        if last and small - code == last[3]:
            gap = code - last[1]
            if gap == last[2] or (last[0] == last[1] and gap <= 2):
                last[1], last[2] = code, gap
                continue
        steps.append([code, code, 1, small - code])
    table("rc__lower_run", "rc__case_run", ["{0x%X, 0x%X, %d, %d}" % tuple(s) for s in steps])


def table(name, kind, entries):
    print("const %s %s[] = {" % (kind, name))
    line = "   "
    for entry in entries:
        if len(line) + len(entry) + 2 > 118:
            print(line)
            line = "   "
        line += " " + entry + ","
    print(line + "\n};")
    print("const int %s_count = %d;\n" % (name, len(entries)))


main()
