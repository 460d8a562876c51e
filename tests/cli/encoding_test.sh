#!/usr/bin/env bash
# Text that is not what it seems: bytes that are not UTF-8, and control characters, in files, keys, names and paths. $1:
# the program,
# $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
import() { "$recraft" data import "$@" --out new --quiet; }
labels() { import "$@" && grep -c 'café' new/import.json && rm -r new; }

# not UTF-8: the file, the line, the byte and what to do
for i in 1 2 3 4; do printf '%d,%b\n' $i 'caf\xe9' && printf '%d,tea\n' $i; done >rows
{ echo 'a,label' && cat rows; } >latin1.csv
refused "latin1.csv:2: byte 6 (0xE9) is not UTF-8; save the file as UTF-8, or say what it is: --encoding" import \
    latin1.csv --label label
refused "latin1.csv:2: byte 6 (0xE9) is not UTF-8" "$recraft" data show latin1.csv
check "--encoding latin1" labels latin1.csv --encoding latin1
check "data show --encoding" bash -c "'$recraft' data show latin1.csv --encoding latin1 | grep -q 'café'"
check "--encoding cp1252" labels latin1.csv --encoding cp1252
iconv -f LATIN1 -t UTF-16 latin1.csv >wide.csv
refused "the file is UTF-16: save it as UTF-8, or say so (--encoding, or the setting data.encoding: utf16)" import \
    wide.csv
check "--encoding utf16" labels wide.csv --encoding utf16
refused "--encoding ebcdic: takes utf8, latin1, cp1252 or utf16" import latin1.csv --encoding ebcdic
{ printf '@relation r\n@attribute a numeric\n@attribute label {%b,tea}\n@data\n' 'caf\xe9' && cat rows; } >latin1.arff
refused "latin1.arff:3: byte 22 (0xE9) is not UTF-8" import latin1.arff --label label
check "ARFF, --encoding latin1" labels latin1.arff --encoding latin1
for i in 1 2 3; do printf '>s%d kind=%b\nACGT\n>t%d kind=tea\nGGTA\n' $i 'caf\xe9' $i; done >latin1.fasta
refused "latin1.fasta:1: byte 13 (0xE9) is not UTF-8" import latin1.fasta --label kind
check "FASTA, --encoding latin1" labels latin1.fasta --label kind --encoding latin1
bad=$(printf 'caf\xe9')
mkdir -p "pictures/$bad" pictures/tea
touch "pictures/$bad/1.png" pictures/tea/1.png
refused 'pictures: "caf\xE9/1.png": byte 4 (0xE9) is not UTF-8; rename it' import pictures
refused 'pictures: "caf\xE9/1.png": byte 4 (0xE9) is not UTF-8; rename it' "$recraft" data show pictures
refused '"caf\xE9.csv": byte 4 (0xE9) is not UTF-8; rename the file' import "$bad.csv"
python3 - <<'END'
import pickle, struct, zipfile
def npy(descr, shape, data):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    return b"\x93NUMPY\x01\x00v\x00" + head.ljust(117).encode() + b"\n" + data
x = npy("<f4", "(4, 2)", struct.pack("<8f", *range(8)))
with zipfile.ZipFile("texts.npz", "w") as z:
    z.writestr("x.npy", x)
    z.writestr("y.npy", npy("|S4", "(4,)", b"caf\xe9tea\0" * 2))
# protocol 2: a dict whose key is a byte string of Python 2, and one whose key is letters
open("key.pkl", "wb").write(b"\x80\x02}U\x04caf\xe9]K\x01as.")
END
refused 'texts.npz: "y", text 0 ("caf\xE9"): byte 4 (0xE9) is not UTF-8; save the texts as UTF-8, or say what they are: --encoding' import texts.npz --x x --y y
refused 'key.pkl: "caf\xE9": byte 4 (0xE9) is not UTF-8; rename the array, or say what it is: --encoding' "$recraft" \
    data show key.pkl
check "npz, --encoding latin1" labels texts.npz --x x --y y --encoding latin1
check "pickle, --encoding latin1" bash -c "'$recraft' data show key.pkl --encoding latin1 | grep -q 'café'"
refused "--encoding utf16: that is for files of text" import texts.npz --x x --y y --encoding utf16

# control characters are shown, never sent
for i in 1 2 3 4 5; do printf '1,2,\x1b[2J\n3,4,y\n'; done >rows
{ printf 'a\x1b[31m,b\x1b]0;x\a,label\n' && cat rows; } >escape.csv
silent() {
    "$@" >"$scratch.out" 2>"$scratch.err"
    if cat "$scratch.out" "$scratch.err" | LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]'; then return 1; fi
    cat "$scratch.out" "$scratch.err" | grep -qF '\u001B['
}
check "data show: no control characters" silent "$recraft" data show escape.csv
check "and as JSON" silent "$recraft" data show escape.csv --json
check "data import" silent "$recraft" data import escape.csv --out escaped
check "of a path" silent "$recraft" data show "$(printf 'no\x1b[1mwhere')"
check "of an option" silent "$recraft" fit "$(printf -- '--\x1b[1m')"
check "of a command" silent "$recraft" "$(printf 'x\x1b[1m')"
check "the data set holds what the file held" python3 \
    -c "import json; assert '\x1b[2J' in json.load(open('escaped/import.json'))['labels']"
cp -r escaped "$(printf 'set\x1b[1m')"
check "of a folder" silent "$recraft" data show "$(printf 'set\x1b[1m')"

# help and version in every form
for words in "--help" "-h" "help" "fit --help" "fit -h" "help fit" "data show -h" "version" "--version"; do
    # shellcheck disable=SC2086
    check "recraft $words" "$recraft" $words
done
exit $failed
