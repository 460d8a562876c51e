#!/usr/bin/env bash
# What is written, and where: endings, CSV, standard output, pipes and devices; the same readers for fit and predict.
# $1: the program,
# $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive RECRAFT_HOME=home
predict() { "$recraft" predict --run "$1" --input "$2" --output "$3" --quiet "${@:4}"; }
fit() { "$recraft" fit --data "$1" --source home/sources/texts.safetensors --method nft --out "$2" --quiet "${@:3}"; }

python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" bert || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat dog saw a man in paris london . ? who what is on at of \
    to >bert/vocab.txt
mkdir -p texts words home/sources
for part in train test; do
    printf 'text,label\n' >texts/$part.csv
    : >words/$part.conll
    for _ in 1 2 3 4; do
        printf 'the cat saw a man.,=told\nwho is in paris?,"ask,ed"\n' >>texts/$part.csv
        printf 'the O\ncat O\nparis LOC\n\n' >>words/$part.conll
    done
done
check "a source of texts" "$recraft" source build --model bert --data texts --out texts --quiet \
    --set source.head_epochs=1 --set source.recalibration_epochs=1
refused "takes a file .safetensors, or a name" "$recraft" source build --model bert --data texts --out some/texts.bin

# a default warm-up gives way to a short stage; one that was asked for does not
check "one epoch" fit texts run --set fit.epochs=1
check "half of it is warm-up" grep -q '^  warmup: 0.5$' run/config.yaml
check "goes on" fit texts run --set fit.epochs=1 --resume
refused "fit.warmup is 2 epochs, but fit.epochs is only 1" fit texts no --set fit.epochs=1 --set fit.warmup=2
check "decimal fractions as typed" grep -q '^  valid_fraction: 0.2$' run/config.yaml
# one step an epoch, and two epochs of warm-up: a third, two thirds, the whole
check "rates of four epochs" fit texts rates --set fit.epochs=4 --set fit.batch=64 --set fit.schedule=constant \
    --set fit.lr=0.0075
check "the rate that the epoch's last step used" python3 -c "
import json
lr = [line['lr'] for line in map(json.loads, open('rates/metrics.jsonl')) if line['epoch'] > 0]
assert all(abs(a - b) < 1e-12 for a, b in zip(lr, (0.0025, 0.005, 0.0075, 0.0075))), lr"
check "words" fit words tags --set fit.epochs=1
check "words have opponents" python3 \
    -c 'import json; o = json.load(open("tags/result.json"))["opponents"]; assert sorted(o) == ["majority", "words"] and o["words"]["test"] == 0, o'
check "labels of words without a model" "$recraft" fit --data words --source home/sources/texts.safetensors \
    --method words --out plain_tags --quiet
check "scored again" bash -c "'$recraft' eval --run plain_tags --json | grep -q '\"test\": 0[,.]'"
refused "known: swin-mini, texts" "$recraft" source show nobody

# CSV
check "predicts a .csv as fit reads it" predict run texts/test.csv p.csv
check "a line a text, not one for the header" test "$(wc -l <p.csv)" -eq 9
check "names in quotes, formulas defused" test "$(head -n 1 p.csv)" = 'class,p_=told,"p_ask,ed"'
check "classes by name" grep -q "^'=told,0\.\|^\"ask,ed\",0\." p.csv
check "and as .npy" predict run texts/test.csv p.npy
check "the same numbers" python3 - <<'END'
import csv, struct
rows = list(csv.reader(open("p.csv")))[1:]
data = open("p.npy", "rb").read()
numbers = struct.unpack("<16f", data[-64:])
assert [float(v) for r in rows for v in r[1:]] == [float(repr(n)) for n in numbers] or all(
    struct.pack("<f", float(v)) == struct.pack("<f", n) for v, n in zip([v for r in rows for v in r[1:]], numbers))
END
printf '{"text": "the cat saw a man.", "n": 1}\n{"text": "who is in paris?"}\n' >new.jsonl
check "JSON lines without labels" predict run new.jsonl q.csv
check "give the same as lines of text" bash -c "printf 'the cat saw a man.\nwho is in paris?\n' >new.txt && \
    '$recraft' predict --run run --input new.txt --output r.csv --quiet && cmp q.csv r.csv"
yes 'the cat saw a man in paris' | head -n 40 | tr '\n' ' ' >long.txt
check "a text longer than all of the fit's is cut, not refused" predict run long.txt long.csv
printf 'words,more\na,b\n' >new.csv
refused "new.csv: which column is the text? Set data.text_column to one of: words, more" predict run new.csv no.csv
check "a column of another name" predict run new.csv other.csv --set data.text_column=words
check "the same for features" "$recraft" embed --model bert --input new.csv --output f.csv \
    --set data.text_column=words --quiet
printf 'the\ncat\n' >new.conll
refused "new.conll: words in columns; give whole texts" predict run new.conll no.csv
check "columns without labels" predict tags new.conll tagged.csv
check "labelled without a model" predict plain_tags words/test.conll plain.csv
check "as they are" bash \
    -c "head -n 4 plain.csv | tr '\n' ' ' | grep -q '^sentence,word,label 1,the,O 1,cat,O 1,paris,LOC'"
check "sentence, word, label" bash -c "head -n 2 tagged.csv | tr '\n' ' ' | grep -q '^sentence,word,label 1,the,'"
refused "whole texts; this run labels words" predict tags texts/test.csv no.conll
printf 'caf\xe9\n' >latin1.txt
refused "latin1.txt:1: byte 4 (0xE9) is not UTF-8" predict run latin1.txt no.csv
check "--encoding" predict run latin1.txt latin1.csv --encoding latin1
{ printf 'text,label\n' && for _ in 1 2 3 4; do printf 'caf\xe9 cat,a\nthe dog,b\n'; done; } >latin1.csv
refused "latin1.csv:2: byte 4 (0xE9) is not UTF-8" fit latin1.csv no
check "the setting data.encoding" fit latin1.csv encoded --set data.encoding=latin1 --set fit.epochs=1
check "holds for predict too" predict encoded latin1.txt encoded.csv
check "features as CSV" "$recraft" embed --model bert --input texts/test.csv --output f.csv --quiet
check "with a header" grep -q '^feature_0,feature_1,' f.csv
check "ids" "$recraft" tokenize --model bert --input latin1.txt --output ids.txt --encoding latin1 --quiet

# endings
refused "p.foo: the ending says what is written; known: .csv, .npy, .jsonl, and - for standard output" predict run \
    new.txt p.foo
refused "known: .conll, .iob, .bio, .txt, .csv" predict tags new.conll tagged.npy
refused "known: .csv, .npy" "$recraft" embed --model bert --input new.txt --output f.bin
refused "known: .txt" "$recraft" tokenize --model bert --input new.txt --output ids.npy
refused "known: .html, .htm" "$recraft" report --run run --output page.pdf
refused "cannot be written: No such file or directory" predict run new.txt nowhere/p.csv
mkdir folder.csv
refused "folder.csv: cannot be written: it is a folder" predict run new.txt folder.csv

# standard output, pipes, devices, links
check "standard output" bash -c "'$recraft' predict --run run --input new.txt --output - 2>/dev/null | cmp - r.csv"
check "no file of that name" test ! -e ./-
check "a page to standard output" bash -c "'$recraft' report --run run --output - | grep -q '</html>'"
refused "--output - and --json" predict run new.txt - --json
mkfifo pipe
check "a pipe is written into" bash \
    -c "cat pipe >got & '$recraft' predict --run run --input new.txt --output pipe --quiet && wait && cmp got r.csv"
check "and stays one" test -p pipe
check "a device too" predict run new.txt /dev/null
check "and stays one" test -c /dev/null
echo old >target.csv
ln -s target.csv link.csv
check "through a link" predict run new.txt link.csv
check "which stays one" test -L link.csv
check "to what it leads to" cmp target.csv r.csv
ln -s nothing link2.csv
refused "it is a link to nothing" predict run new.txt link2.csv
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('socket.csv')"
refused "it is neither a file nor a pipe" predict run new.txt socket.csv
# a terminal never gets a control character raw
printf 'the \x1b[31mcat\n' >escape.txt
check "words are shown to a terminal, not acted on" python3 - "$recraft" <<'END'
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
subprocess.run([sys.argv[1], "predict", "--run", "tags", "--input", "escape.txt", "--output", "-", "--quiet"],
    stdout=theirs, check=True)
got = os.read(ours, 4096)
assert b"\x1b" not in got and b"\\u001B[31mcat" in got, got
END
exit $failed
