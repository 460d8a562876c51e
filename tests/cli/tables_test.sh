#!/usr/bin/env bash
# recraft data import of tables as people write them: numbers, dates, missing values and labels are what they say, or it
# is told.
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
check "with a note" grep -q '"notes":\["\\"kind\\"isthetarget' <(report)
{ echo 'x,kind' && rows 8 '0.#,None' && rows 8 '1.#,NA'; } >none.csv
check "nothing but such words" import none.csv
rm -rf new
refused "none.csv:10: the target \"kind\" is missing" "$recraft" data import none.csv --label kind --missing NA,-1 \
    --out new
{ echo 'x,y,kind' && rows 8 '0.#,-999,a' && rows 8 '1.#,#,b'; } >code.csv
check "a number stands for missing values" import code.csv --missing -999
check "eight of them" grep -q '8missing,filledwiththemean' <(report)
{ echo 'x,y,kind' && rows 8 '0.#,#,a' && rows 8 '1.#,0.#,b' && echo '5,unknown,a'; } >nearly.csv
check "nearly all numbers" import nearly.csv
check "what stands between" grep \
    -q '"notes":\["\\"y\\"istakenfortext:16ofitsvaluesarenumbers,\\"unknown\\"(line18)isnot' <(report)

# Labels that float64 would merge.
{ echo 'x,kind' && rows 8 '0.#,9007199254740992' && rows 8 '1.#,9007199254740993'; } >wide.csv
check "labels beyond 2^53" import wide.csv
check "stay two" grep -q '"labels":\["9007199254740992","9007199254740993"\]' <(report)
printf '@relation r\n@attribute x numeric\n@attribute kind numeric\n@data\n1,9007199254740993\n2,0\n' >wide.arff
rm -rf new
refused "wide.arff:5: \"kind\" holds a whole number that float64 rounds; declare it as string" "$recraft" data import \
    wide.arff --label kind --out new

# Labels with commas are no numbers with commas.
{ printf 'x\tkind\n' && rows 8 '0.#	1,2' && rows 8 '1.#	2,3'; } >several.tsv
check "labels 1, 2 and 3" import several.tsv --target labels
check "three" grep -q '"labels":\["1","2","3"\]' <(report)

{ printf 'sep=;\n' && echo 'a;b;kind' && rows 8 '0,#;1,5;x' && rows 8 '1,#;2,5;y'; } >excel.csv
check "Excel's separator line and decimal commas" import excel.csv
check "two columns of numbers" grep -q '"x_shape":"\[2\]"' <(report)
{ printf 'Instrument X\nof today\n' && echo 'a,kind' && rows 8 '0.#,x' && echo '* a remark' &&
    rows 8 '1.#,y'; } >head.csv
check "lines before it, and remarks" import head.csv --skip 2 --comment '*'
check "sixteen samples" grep -q '"n_train":13,"n_test":3' <(report)
rm -rf new
refused "--skip N skips lines before the table" "$recraft" data import head.csv --label kind --out new
refused "--decimal x: takes . or ," "$recraft" data import head.csv --decimal x --out new
refused "--comment ab: takes one character" "$recraft" data import head.csv --comment ab --out new

# Dates with names of months, columns of one name, UTF-16 without a mark.
{ echo 'when,x,x,kind' && for d in {10..29}; do echo "$d-Mar-2024,$((d * 7 % 11)),0.$d,$((d % 2))"; done; } >named.csv
check "names of months" import named.csv
check "are dates" grep -q '"kind":"dates,thedayfirst:all20valuesare,from2024-03-10to2024-03-29"' <(report)
check "names of columns are told apart" grep -q '"name":"x(column3)"' <(report)
check "and such a table is asked about" bash \
    -c "'$recraft' fit --data named.csv --label kind --method ridge --out named --quiet && '$recraft' predict --run named --input named.csv --output named.jsonl --quiet"
cp -r new older && sed -i 's/x (column 3)/x/' older/encoders.json
rm -rf new
{ echo 'x,x (column 3),x,kind' && for i in {1..20}; do echo "0.$i,$((i * 7 % 11)).5,1.$i,$((i % 2))"; done; } >taken.csv
check "also where such a name is taken" import taken.csv
check "and asked about" "$recraft" data import taken.csv --like new --out like --quiet
rm -rf new
refused 'several columns are called "x"' "$recraft" data import named.csv --like older --out new
iconv -f UTF-8 -t UTF-16LE named.csv >wide.csv
refused "wide.csv: not a text file (it holds zero bytes); if it is UTF-16, save it as UTF-8, or say so (--encoding, or" "$recraft" data show wide.csv
check "UTF-16 without a mark" import wide.csv --encoding utf16

# Rows in time: the latest are the test part, those before them validation; rows of one day stay together.
{ echo 'when,shop,y,kind' && for d in {29..10}; do rows 2 "2024-01-$d,s$((d / 5)),0.$d#,k$((d % 2))"; done; } >log.csv
check "by time" import log.csv --split time --drop when
check "it is told" grep \
    -q '"split":"bytime,\\"when\\":trainto2024-01-22,validto2024-01-25,testto2024-01-29","n_train":26,"n_valid":6,"n_test":8' <(report)
check "whole groups, one after the other" import log.csv --split time:when --group shop
check "their ends" grep -q 'trainto2024-01-19,validto2024-01-24,testto2024-01-29' <(report)
check "by a column of numbers" import log.csv --split time:y --test-fraction 0
check "no test part" grep -q '"split":"bytime,\\"y\\":trainto0.25[12],validto0.292","n_train":32,"n_valid":8,' <(report)
check "rows as they stand" bash \
    -c "sed 's/2024-01-/day /' log.csv >days.csv && '$recraft' data import days.csv --label kind --split time --out stand --quiet"
check "the last of them" grep -q '"split":"bytime,theorderoftherows:trainto26,validto32,testto40"' \
    <(tr -d '\n ' <stand/import.json)
check "fit keeps to it" bash \
    -c "'$recraft' fit --data log.csv --label kind --split time --method ridge --out timed --quiet --json | grep -q '\"test\"'"
check "so does the report say" bash \
    -c "'$recraft' report --run timed --seconds 0 && grep -q 'Parts of the data: by time, &quot;when&quot;: train to' timed/report.html"
rm -rf new
refused "\"shop\" is text; dates and numbers have an order" "$recraft" data import log.csv --label kind \
    --split time:shop --out new
refused "--split time:COLUMN whem: there is no such column; did you mean when? known: " "$recraft" data import \
    days.csv --label kind --split time:whem --out new
refused "too few different times in \"when\" that no group spans" "$recraft" data import log.csv --label kind \
    --split time --group kind --out new
sed 's/2024-01-17/NA/' log.csv >gap.csv
refused "gap.csv:26: \"when\", by which rows are ordered, is missing" "$recraft" data import gap.csv --label kind \
    --split time --out new
sed 's/^when,shop/when,then/;s/,s[0-9],/,2024-02-01,/' log.csv >two.csv
refused "several columns of dates; --split time:COLUMN says which one counts; the columns are when, then" "$recraft" \
    data import two.csv --label kind --split time --out new
refused "--split and --test: give one of them" "$recraft" data import log.csv --label kind --split time --test log.csv \
    --out new

# Files beside those that are read.
files=$here/../data/readers
mkdir -p mixed/a mixed/b && cp "$files/rgb.png" mixed/a/1.png && cp "$files/rgb.png" mixed/a/2.png &&
    cp "$files/rgb.png" mixed/b/1.png && cp "$files/rgb.png" mixed/b/2.png && printf 'II*' >mixed/b/3.tif
refused "--split time: that is for tables, and for files with a table of labels (--labels); mixed is neither" \
    "$recraft" data import mixed --split time --out new --quiet
refused "--group kind: that is for tables; mixed is not one" "$recraft" data import mixed --group kind --out new --quiet
check "pictures beside a TIFF" bash -c "rm -rf new && '$recraft' data import mixed --out new --quiet"
check "which is told" grep -q '"notes":\["1filesofthefolderarenotread,TIFFpictures' <(report)
check "by data show too" bash -c "'$recraft' data show mixed --json | grep -q 'TIFF pictures'"

cp "$files/deep.png" mixed/b/3.png && rm mixed/b/3.tif
check "a picture of 16 bits" bash -c "rm -rf new && '$recraft' data import mixed --size 4 --out new --quiet"
check "of which 8 are read, and told" grep -q '"notes":\["1pictureshave16bitsachannel,ofwhichtheupper8areread' <(report)

exit $failed
