#!/usr/bin/env bash
# recraft data import of tables as people write them: numbers, dates, missing values and labels are what they say, or it is told.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
import() { rm -rf new && "$recraft" data import --label kind "$@" --out new --quiet --json; }
report() { tr -d '\n ' <new/import.json; }
# rows N LINE: N lines, the word # as the line's number.
rows() { for ((i = 1; i <= $1; i++)); do echo "${2//\#/$i}"; done; }

{ echo 'when,y,kind' && for d in {10..29}; do echo "2024-01-$d,0.$d,$((d % 2))"; done; } >dates.csv
check "dates are days and weekdays" import dates.csv --test-fraction 0.1
check "and it is told" grep -q '"use":"dayssince2024-01-1[0-2],andsineandcosineofitsplaceintheweek"' <(report)
check "in four columns" grep -q '"x_shape":"\[4\]"' <(report)

# Words that elsewhere mean missing are labels.
{ echo 'x,kind' && rows 8 '0.#,None' && rows 8 '1.#,NA' && rows 8 '2.#,Full'; } >none.csv
check "None and NA as classes" import none.csv
check "three of them" grep -q '"labels":\["Full","NA","None"\]' <(report)
check "with a note" grep -q '"notes":\["\\"kind\\"istobepredicted' <(report)
{ echo 'x,kind' && rows 8 '0.#,None' && rows 8 '1.#,NA'; } >none.csv
check "nothing but such words" import none.csv
rm -rf new
refused "none.csv:10: \"kind\", which is to be predicted, is missing" "$recraft" data import none.csv --label kind --missing NA,-1 --out new
{ echo 'x,y,kind' && rows 8 '0.#,-999,a' && rows 8 '1.#,#,b'; } >code.csv
check "a number stands for missing values" import code.csv --missing -999
check "eight of them" grep -q '8missing,filledwiththemean' <(report)
{ echo 'x,y,kind' && rows 8 '0.#,#,a' && rows 8 '1.#,0.#,b' && echo '5,unknown,a'; } >nearly.csv
check "nearly all numbers" import nearly.csv
check "what stands between" grep -q '"notes":\["\\"y\\"istakenfortext:16ofitsvaluesarenumbers,\\"unknown\\"(line18)isnot' <(report)

# Labels that float64 would merge.
{ echo 'x,kind' && rows 8 '0.#,9007199254740992' && rows 8 '1.#,9007199254740993'; } >wide.csv
check "labels beyond 2^53" import wide.csv
check "stay two" grep -q '"labels":\["9007199254740992","9007199254740993"\]' <(report)
printf '@relation r\n@attribute x numeric\n@attribute kind numeric\n@data\n1,9007199254740993\n2,0\n' >wide.arff
rm -rf new
refused "wide.arff:5: \"kind\" holds a whole number that float64 rounds; declare it as string" "$recraft" data import wide.arff --label kind --out new

# Labels with commas are no numbers with commas.
{ printf 'x\tkind\n' && rows 8 '0.#	1,2' && rows 8 '1.#	2,3'; } >several.tsv
check "labels 1, 2 and 3" import several.tsv --target labels
check "three" grep -q '"labels":\["1","2","3"\]' <(report)

{ printf 'sep=;\n' && echo 'a;b;kind' && rows 8 '0,#;1,5;x' && rows 8 '1,#;2,5;y'; } >excel.csv
check "Excel's separator line and decimal commas" import excel.csv
check "two columns of numbers" grep -q '"x_shape":"\[2\]"' <(report)
{ printf 'Instrument X\nof today\n' && echo 'a,kind' && rows 8 '0.#,x' && echo '* a remark' && rows 8 '1.#,y'; } >head.csv
check "lines before it, and remarks" import head.csv --skip 2 --comment '*'
check "sixteen samples" grep -q '"n_train":13,"n_test":3' <(report)
rm -rf new
refused "lines before the table are left out by --skip N" "$recraft" data import head.csv --label kind --out new
refused "--decimal x: takes ., ," "$recraft" data import head.csv --decimal x --out new
refused "--comment ab: takes one character" "$recraft" data import head.csv --comment ab --out new

# Files beside those that are read.
files=$here/../data/readers
mkdir -p mixed/a mixed/b && cp "$files/rgb.png" mixed/a/1.png && cp "$files/rgb.png" mixed/a/2.png && cp "$files/rgb.png" mixed/b/1.png &&
    cp "$files/rgb.png" mixed/b/2.png && printf 'II*' >mixed/b/3.tif
check "pictures beside a TIFF" bash -c "rm -rf new && '$recraft' data import mixed --out new --quiet"
check "which is told" grep -q '"notes":\["1filesofthefolderarenotread,TIFFpictures' <(report)
check "by data show too" bash -c "'$recraft' data show mixed --json | grep -q 'TIFF pictures'"

exit $failed
