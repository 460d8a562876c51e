#!/usr/bin/env bash
# From raw files to named answers: predict, eval, embed and align take what the data of a run were made from, by its
# encoders; so does data import --like. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
. "$here/your_data_files.sh"
export OMP_NUM_THREADS=1
predict() { "$recraft" predict --run "$1" --input "$2" --output "$3" --quiet "${@:4}"; }
imported() { "$recraft" data import "$1" --out "$2" --quiet "${@:3}"; } # imported FROM SET OPTIONS...
fitted() { "$recraft" fit --data "$1" --method "$2" --out "$1.run" --quiet; }
tell() { "$@" >said.txt; }
says() { grep -qF -- "$1" said.txt; }
# told WORDS COMMAND...: the command does well and says this.
told() { check "$1" tell "${@:2}" && check "says: $1" says "$1"; }

# ---- a table ----
awk 'BEGIN { srand(1); print "no,width,share,when,colour,side,kind"
    for (i = 1; i <= 60; i++) printf "%d,%s,%d%%,%d.%d.2024,%s,%s,%s\n", i,
        i % 7 ? i % 2 + rand() : "NA", i * 7 % 50, 1 + i % 28, 1 + i % 12,
        i % 3 ? "red" : i % 2 ? "blue" : "green", i % 5 ? "left" : "right", i % 2 ? "cat" : "dog" }' >train.csv
check "a table" imported train.csv set --label kind
check "is fitted" fitted set forest
check "the encoders stand beside the arrays" grep -q '"form": "table"' set/encoders.json
check "the same file, encoded by the run" imported train.csv again --like set.run
check "gives the same bits" cmp set/x_train.npy again/x_train.npy
check "and the same parts" cmp set/y_test.npy again/y_test.npy
check "by the data set's" imported train.csv once_more --like set
check "too" cmp set/x_test.npy once_more/x_test.npy
check "rows" predict set.run train.csv whole.csv
check "numbers" predict set.run set/x_test.npy encoded.csv
check "answers of rows and of their encoded numbers are the same" python3 - <<'END'
import csv, json
from array import array
whole = list(csv.DictReader(open("whole.csv")))
encoded = list(csv.DictReader(open("encoded.csv")))
known = {(r["class"], r["p_cat"], r["p_dog"]) for r in whole}
assert len(whole) == 60 and [r["id"] for r in whole] == [str(i) for i in range(1, 61)], whole
assert {(r["class"], r["p_cat"], r["p_dog"]) for r in encoded} <= known
END
head -n 3 train.csv | cut -d, -f1-6 >plain.csv
check "no column to be predicted: no scores" predict set.run plain.csv plain.out.csv
check "the same answers" cmp plain.out.csv <(head -n 3 whole.csv)
printf 'side;more;kind;colour;id;share;when;width\nleft;1;dog;red;r7;5%%;3.2.2024;1.5\nup;2;cat;pink;r8;;;\n' >new.csv
check "another order, another delimiter" predict set.run new.csv new.out.csv
check "rows by their id" test "$(cut -d, -f1 new.out.csv | tr '\n' ' ')" = "id r7 r8 "
told 'new.csv: columns that are ignored: more, id' "$recraft" predict --run set.run --input new.csv --output a.jsonl
check "a text that is not known" says \
    '"colour": values that are not known: 1, the first "pink" (line 3); they become all zeros'
check "one of two" says \
    '"side": values that are not known: 1, the first "up" (line 3); they become half way between both'
check "missing numbers" says '"width": missing values: 1; they become the mean of the training data'
check "scores where labels are there" says 'scores:'
check "the same in JSON" bash \
    -c "'$recraft' predict --run set.run --input new.csv --output a.csv --json | tr -d ' \n' | grep -q '\"notes\":\[\"new.csv.*\"scores\":{\"metric\":\"error\"'"
check "a report" "$recraft" report --run set.run --quiet
check "with the names of the classes" grep -q '>cat<' set.run/report.html
check "and what they depend on, by column" grep -q '<th class=name>colour</th><td class=track>' set.run/report.html
check "and the worst rows as in the table" grep -Eq '<th class=name>when</th><td>2024-[0-9-]*</td>' set.run/report.html
mv set moved
check "without the data the page says so" bash \
    -c "'$recraft' report --run set.run && grep -q 'are not shown: set: no such' set.run/report.html"
check "and takes them from elsewhere" bash \
    -c "'$recraft' report --run set.run --data moved --seconds 0 --output - | grep -q 'The worst test samples'"
mv moved set
check "JSON lines" grep -q '^{"id": "r7", "class": "[a-z]*", "p": {"cat": [0-9.]*, "dog": [0-9.]*}}$' a.jsonl
check "standard input" bash \
    -c "'$recraft' predict --run set.run --input - --output - --quiet <new.csv | cmp - new.out.csv"
check "eval of a raw file" bash \
    -c "'$recraft' eval --run set.run --data train.csv --json | tr -d ' \n' | grep -q '\"n_test\":60'"
sed 's/green/olive/' train.csv >olive.csv
check "a table with another colour" imported olive.csv olive --label kind
refused 'olive: its column "colour" was not encoded as in the run' "$recraft" eval --run set.run --data olive
check "made anew" imported olive.csv olive_again --like set.run
check "it is taken" "$recraft" eval --run set.run --data olive_again --quiet
python3 -c "
import json
e = json.load(open('olive_again/encoders.json'))
for column in e['columns']:
    for key in 'name', 'use', 'fill', 'texts': column.pop(key, None)
json.dump(e, open('olive_again/encoders.json', 'w'))"
refused 'olive_again: its column "" was not encoded as in the run' "$recraft" eval --run set.run --data olive_again
sed 's/cat$/bird/' train.csv >bird.csv
told 'the answers are not scored: bird.csv:2: its label "bird" is not one of the 2 that are known ("cat", ...)' \
    "$recraft" predict --run set.run --input bird.csv --output b.csv
refused 'bird.csv:2: its label "bird" is not one of the 2' "$recraft" eval --run set.run --data bird.csv
refused 'plain.csv: there is no column "kind" to predict' "$recraft" eval --run set.run --data plain.csv
cut -d, -f1,3- plain.csv >narrow.csv
refused 'narrow.csv: the column "width" is missing; known: no, share' predict set.run narrow.csv no.csv
sed '2s/cat/x/; 2s/^1,[^,]*/1,wide/' train.csv >wide.csv
refused 'wide.csv:2: "width" is "wide"; it holds numbers as 1234.5, or an empty cell' predict set.run wide.csv no.csv
refused 'recraft: standard input:2: "width" is "wide"' bash \
    -c "'$recraft' predict --run set.run --input - --output no.csv --quiet <wide.csv"
sed "3s/14%/2/" train.csv >share.csv
refused 'share.csv:3: "share" is "2"; it holds numbers as 1234.5 and a percent sign' predict set.run share.csv no.csv
refused '--target and --like cannot be used together' imported train.csv no --like set --target numbers
refused 'neither a finished run (model.safetensors) nor a data set' imported train.csv no --like photos

# ---- groups ----
check "rows of one group" imported train.csv grouped --label kind --group share --drop no
check "stay in one part" python3 - <<'END'
from array import array
def read(part):
    data = open(f"grouped/group_{part}.npy", "rb").read()
    return set(array("q", data[10 + int.from_bytes(data[8:10], "little"):]))
parts = [read(p) for p in ("train", "valid", "test")]
assert all(parts) and not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2]), parts
END
check "other data are not taken for them" bash \
    -c "'$recraft' report --run set.run --data grouped --output - | grep -q 'grouped: the data are not those'"
check "and are no input" grep -q 'not an input: the group' grouped/import.json
refused '--group nix: there is no such column' imported train.csv no --label kind --group nix

# ---- answers: from which probability on, and where classes are as frequent as one says ----
check "a threshold is chosen" "$recraft" fit --data set --method forest --out set.f1 --set fit.threshold=f1 --quiet
check "and told" grep -q '"threshold_for": "f1"' set.f1/result.json
"$recraft" eval --run set.f1 --json >eval.json
check "eval has it, and the same score" python3 \
    -c 'import json; a, b = json.load(open("set.f1/result.json")), json.load(open("eval.json"))
assert a["threshold"] == b["threshold"] and a["test"] == b["test"], (a, b)'
"$recraft" predict --run set.f1 --input plain.csv --output f1.csv --json >f1.json
"$recraft" predict --run set.f1 --input plain.csv --output rare.csv --priors dog=0.1,cat=0.9 --json >rare.json
check "answers are by the threshold, and by priors without it" python3 - <<'END'
import csv, json
read = lambda name: list(csv.DictReader(open(name)))
told, rare = json.load(open("f1.json")), json.load(open("rare.json"))
assert all((float(r["p_dog"]) >= told["threshold"]) == (r["class"] == "dog") for r in read("f1.csv")), told
assert "threshold" not in rare and rare["threshold_not_used"] == told["threshold"], rare
assert rare["priors"] == {"cat": 0.9, "dog": 0.1}, rare
for before, after in zip(read("f1.csv"), read("rare.csv")):
    assert float(after["p_dog"]) <= float(before["p_dog"]), (before, after)
    assert (float(after["p_dog"]) > 0.5) == (after["class"] == "dog"), (before, after)
END
refused '--priors: "bird" is not one of the 2 classes' predict set.f1 plain.csv no.csv --priors bird=0.5,cat=0.5
refused '--priors: the shares sum to 0.7 instead of 1' predict set.f1 plain.csv no.csv --priors dog=0.2,cat=0.5
check "numbers" imported train.csv wide_set --label share
refused 'fit.threshold=f1 is for one of two classes a sample' "$recraft" fit --data wide_set --method forest --out no \
    --set fit.threshold=f1

# ---- without labels ----
check "rows without labels" imported plain.csv bare_set --like set.run --unlabelled
check "become samples without targets" test -s bare_set/x_unlabelled.npy -a ! -e bare_set/y_train.npy
check "which the run takes" predict set.run bare_set/x_unlabelled.npy bare_set.csv
check "and answers like the rows" cmp <(cut -d, -f2- plain.out.csv) bare_set.csv
refused '--unlabelled: how samples are encoded is learnt from labelled ones' imported plain.csv no --unlabelled

# ---- packed ----
gzip -k train.csv
check "a packed table" imported train.csv.gz packed --label kind
check "gives the same" cmp set/x_train.npy packed/x_train.npy
check "packed rows" bash \
    -c "gzip <new.csv | '$recraft' predict --run set.run --input - --output - --quiet | cmp - new.out.csv"
head -c 100 train.csv.gz >cut.csv.gz
refused 'cut.csv.gz: the packed file (gzip) ends too early' imported cut.csv.gz no --label kind
{ cat train.csv.gz && echo more; } >long.csv.gz
refused 'long.csv.gz: the packed file (gzip) is damaged' imported long.csv.gz no --label kind
head -c 100000000 /dev/zero | gzip -1 >bomb.csv.gz
refused 'bomb.csv.gz: not a text file' imported bomb.csv.gz no --label kind
# The same by zstd; blocks of one repeated byte, and what a window of 2 GiB would take.
packed=$here/../data/readers/pandas.csv
check "a table packed by zstd" bash \
    -c "'$recraft' data show '$packed.zst' --json | sed 's/pandas.csv.zst/pandas.csv/' | cmp - <('$recraft' data show '$packed' --json)"
head -c 100 "$packed.zst" >cut.csv.zst
refused 'cut.csv.zst: the packed file (zstd) ends too early' imported cut.csv.zst no --label kind
{ cat "$packed.zst" && echo more; } >long.csv.zst
refused 'long.csv.zst: the packed file (zstd) is damaged' imported long.csv.zst no --label kind
printf '\x28\xb5\x2f\xfd\0\x50' >bomb.csv.zst
for _ in {1..600}; do printf '\2\0\x10a'; done >>bomb.csv.zst
refused 'bomb.csv.zst: unpacks to more than 1,100 bytes for each of its own' imported bomb.csv.zst no --label kind
printf '\x28\xb5\x2f\xfd\0\xa8\1\0\0' >wide.csv.zst
refused 'wide.csv.zst: packed by zstd --long' imported wide.csv.zst no --label kind

# ---- what is not read ----
printf 'PAR1\025\004' >new.parquet
refused "new.parquet: Parquet, not read here; convert it: python3 -c" predict set.run new.parquet no.csv
refused "standard input: Parquet, not read here; convert it: python3 -c" bash \
    -c "'$recraft' predict --run set.run --input - --output no.csv <new.parquet"
refused "new.parquet: Parquet, not read here" "$recraft" eval --run set.run --data new.parquet
check "the columns of an import, a line each" bash \
    -c "'$recraft' data import train.csv --label kind --out table --quiet | grep -Eq '^  width +numbers: .* 1\$'"

# ---- JSON lines ----
python3 - <<'END'
import csv, json
with open("train.jsonl", "w") as out:
    for row in csv.DictReader(open("train.csv")):
        row["no"], row["width"] = int(row["no"]), None if row["width"] == "NA" else float(row["width"])
        out.write(json.dumps(dict(reversed(row.items()))) + "\n")
END
check "JSON lines as a table" imported train.jsonl lines --label kind
check "are encoded by what the CSV was" predict set.run train.jsonl lines.csv
check "and answered like it" cmp lines.csv whole.csv
check "from standard input, too" bash \
    -c "'$recraft' predict --run set.run --input - --output - --quiet <train.jsonl | cmp - whole.csv"
printf '{"a": 1, "kind": "x"}\n{"a": [2], "kind": "y"}\n' >nested.jsonl
refused 'nested.jsonl:2: "a" holds a list; a table has one value in a cell' imported nested.jsonl no --label kind
printf '{"a": 1}\n[2]\n' >list.jsonl
refused 'list.jsonl:2: is not an object' imported list.jsonl no --label a
printf '\n{"width": "wide", "share": "1%%", "when": "1.1.2024", "colour": 1, "side": "left"}\n' >wide.jsonl
refused 'wide.jsonl:2: "width" is "wide"; it holds numbers' predict set.run wide.jsonl no.csv

# ---- several numbers, ARFF ----
sed -i 's/,NA,/,1,/' train.csv
check "two targets" imported train.csv two --label width,share --drop no,kind,side
check "are fitted" fitted two ridge
check "answers have the columns' names" bash \
    -c "'$recraft' predict --run two.run --input train.csv --output - --quiet | head -n 1 | grep -qx 'id,width,share'"
printf '@relation r\n@attribute colour {red,green,blue}\n@attribute when string\n@data\nred,3.2.2024\nblue,4.2.2024\n' >new.arff
check "ARFF in the place of CSV" predict two.run new.arff arff.csv
check "ARFF from standard input" bash \
    -c "{ echo '% new' && cat new.arff; } | '$recraft' predict --run two.run --input - --output - --quiet | cmp - arff.csv"
mv new.arff NEW.ARFF
check "an ending in capitals" bash \
    -c "'$recraft' predict --run two.run --input NEW.ARFF --output - --quiet | cmp - arff.csv"
mv NEW.ARFF new.arff
check "a run of two numbers, as JSON" bash \
    -c "'$recraft' predict --run two.run --input new.arff --output two.jsonl --quiet && head -n 1 two.jsonl | grep -q '^{\"id\": \"1\", \"width\": [-0-9.]*, \"share\": [-0-9.]*}$'"

# ---- no header ----
tail -n +2 train.csv | cut -d, -f2,5,7 >bare.csv
check "a table without header" imported bare.csv bare --label "column 3" --header no
check "is fitted too" fitted bare forest
cut -d, -f1,2 bare.csv | head -n 2 >short.csv
check "the label may be wanting where it is last" predict bare.run short.csv short.out.csv
cut -d, -f2,3 bare.csv | head -n 2 >shifted.csv
refused 'shifted.csv:1: "column 1" is "red"; it holds numbers' predict bare.run shifted.csv no.csv
cut -d, -f1 bare.csv | head -n 2 >one.csv
refused 'one.csv: no header and 1 columns, where 3 were imported; give all of them' predict bare.run one.csv no.csv

# ---- pictures, sounds, sequences, arrays ----
check "pictures" imported photos animals --size 8
check "fitted" fitted animals ridge
told '1 pictures of other sizes are resized to 8 x 8' "$recraft" predict --run animals.run --input photos/cats/3.png \
    --output cat.csv
check "a lone file" bash -c "head -n 2 cat.csv | tr '\n' ' ' | grep -q '^id,class,p_cats,p_dogs 3.png,cats,'"
check "a folder, scored by its folders" bash \
    -c "'$recraft' predict --run animals.run --input photos --output p.csv --json | tr -d ' \n' | grep -q '\"scores\":{\"metric\":\"error\",\"test\":0'"
mkdir inbox && cp photos/dogs/1.jpg inbox/x.jpg
check "a folder without classes" bash \
    -c "'$recraft' predict --run animals.run --input inbox --output - --quiet | grep -q '^x.jpg,dogs,'"
check "sounds" imported sounds clips --length 64
check "fitted" fitted clips ridge
check "an answer for each recording" bash \
    -c "'$recraft' predict --run clips.run --input sounds --output s.csv --json | tr -d ' \n' | grep -q '\"n\":12,\"shape\":\"\[12,2\]\",\"windows\":[0-9]*,'"
# Data that went through transforms keep their encoders, and what they went through.
transformed() { "$recraft" data transform "$1" --in "$2" --out "$3" --quiet "${@:4}"; }
check "spectrograms" transformed log-mel clips mel --set rate=8000 --set n_fft=32 --set window=32 --set hop=16 \
    --set mels=4
check "and more of them" transformed spec-augment mel more --set copies=2
check "are fitted" fitted more ridge
check "the run takes sounds" predict more.run sounds mel.csv
check "by recording, with names" grep -q '^id,class,p_.*,p_' mel.csv
check "and labels them as it does its own" "$recraft" eval --run more.run --data sounds --quiet
check "spectrograms without masks are as good" "$recraft" eval --run more.run --data mel --quiet
check "of another window" transformed log-mel clips other --set rate=8000 --set n_fft=32 --set window=16 --set hop=16 \
    --set mels=4
refused 'other: not transformed as the data of the run were: here log-mel rate=8000 n_fft=32 window=16' \
    "$recraft" eval --run more.run --data other
check "the same sounds by its encoders" imported sounds mel_again --like more.run
check "become the same spectrograms" cmp mel/x_test.npy mel_again/x_test.npy
check "which keep what they went through" cmp more/encoders.json mel_again/encoders.json
printf 'a,b,c,kind\n' >letters.csv
for i in 1 2 3 4 5 6 7 8 9 10; do printf '%d,%d,%d,%s\n' $((i % 4)) $((i % 3)) $((i / 3 % 4)) \
    $((i % 2)) >>letters.csv; done
check "a table" imported letters.csv letters --label kind
check "is transformed, too" transformed one-hot letters spelt
check "fitted" fitted spelt forest
check "and its run takes rows" predict spelt.run letters.csv rows.csv
check "as its arrays" predict spelt.run spelt/x_test.npy spelt.csv
check "of which a page is made" "$recraft" report --run spelt.run --quiet
check "windows make several of one" transformed windows clips short --set length=32 --set stride0=16 --set stride1=16
check "fitted" fitted short ridge
refused 'went through `recraft data transform windows`, which makes several samples of one' predict short.run sounds \
    no.csv
for change in 's/"mels": 4/"mels": 5/;transforms" is damaged' \
    's/"log-mel"/"log-mole"/;no transform is called "log-mole"; did you mean log-mel' \
    's/"n_fft": 32/"n_fft": 1000000000/;n_fft' 's/"transforms": .*/"transforms": 3, "more": [/;transforms" is'; do
    cp -r mel bent && sed -i "${change%%;*}" bent/encoders.json
    refused "${change#*;}" imported sounds no --like bent
    rm -r bent
done
check "by its file" grep -q '^bark/1.flac,' s.csv
check "FASTA" imported promoters.fasta genes
check "fitted" fitted genes ridge
printf '>x\nACGUN\n>y more words\nLLL\n' >new.fasta
told '1 sequences hold letters that are not nucleic acids' "$recraft" predict --run genes.run --input new.fasta \
    --output g.csv
check "names of the sequences" test "$(cut -d, -f1 g.csv | tr '\n' ' ')" = "id x y "
check "recordings" imported sleep nights
check "fitted" fitted nights ridge
check "a lone recording" bash \
    -c "'$recraft' predict --run nights.run --input sleep/awake/1.edf --output - --quiet | grep -q '^1.edf,'"
check "a folder, scored" bash \
    -c "'$recraft' eval --run nights.run --data sleep --json | tr -d ' \n' | grep -q '\"n_test\":12'"
mkdir ecg && cp "$files"/wfdb{16,212}.{hea,dat} ecg/
refused 'wfdb16.hea: there is no channel "EEG Fpz-Cz", which is needed; known: MLII, V5' predict nights.run ecg no.csv
sed 's/250/64/; s/^wfdb16 2 32/r 2 64/; s/MLII/EEG Fpz-Cz/; s/V5/EOG/; s/mV/uV/' ecg/wfdb16.hea >ecg/fast.hea
refused 'fast.hea: "EEG Fpz-Cz" has 64 samples a second instead of 32' predict nights.run ecg/fast.hea no.csv
sed 's/2 64/2 32/; s/uV/mV/' ecg/fast.hea >ecg/strong.hea
refused 'strong.hea: "EEG Fpz-Cz" is in mV instead of uV' predict nights.run ecg/strong.hea no.csv
sed 's/2 64/2 32/' ecg/fast.hea | head -n 3 >ecg/same.hea
check "another form of the same channels" predict nights.run ecg/same.hea same.csv
check "series" imported walks.ts walks
check "fitted" fitted walks ridge
sed -e 's/:[^:]*$//; /@class/d' walks.ts >bare.ts
told 'missing values: 12 in 6 series; they are filled in a straight line' "$recraft" predict --run walks.run \
    --input walks.ts --output walks.csv
check "without labels" predict walks.run bare.ts bare.csv
check "the same answers" cmp walks.csv bare.csv
check "from standard input" bash \
    -c "'$recraft' predict --run walks.run --input - --output - --quiet <walks.ts | cmp - walks.csv"
sed 's/^[^@:]*://' bare.ts >one.ts
refused 'one.ts: series of 1 channels instead of 2' predict walks.run one.ts no.csv
sed '/^@data/,$s/^/1,2,3,/; s/:/:1,2,3,/' bare.ts | sed 's/^1,2,3,@/@/' >long.ts
told 'series of up to 25 samples are cut to 22' "$recraft" predict --run walks.run --input long.ts --output long.csv
{ printf '@relation r\n@attribute steps relational\n@attribute t numeric\n@end steps\n@data\n'
    sed -n '/^@data/,$s/^\([^@:]*\):\(.*\)$/"\1\\n\2"/p' bare.ts; } >bare.arff
check "relational ARFF in the place of .ts" predict walks.run bare.arff arff.csv
check "gives the same answers" cmp walks.csv arff.csv
check "rows as series" imported beats.tsv beats --series
check "fitted" fitted beats ridge
told 'series that end in missing values: 4' "$recraft" eval --run beats.run --data beats.tsv
refused '--series: that is for tables; sleep is not one' imported sleep no --series
refused '--series and --like cannot be used together' imported beats.tsv no --like beats --series
check "windows of recordings" imported sleep naps --length 16
check "fitted" fitted naps ridge
check "an answer for each recording" bash \
    -c "'$recraft' predict --run naps.run --input sleep --output n.csv --json | tr -d ' \n' | grep -q '\"n\":12,\"shape\":\"\[12,2\]\",\"windows\":48,'"
check "by its file" grep -q '^asleep/1.bdf,' n.csv
refused '--fill and --like cannot be used together' imported sleep no --like nights --fill zero
check "HDF5, channels last" imported scan.h5 cells --x "exp 3/ImgStack" --y "exp 3/cell kind"
check "fitted" fitted cells ridge
check "asked about by its own layout" predict cells.run scan.h5 cells.csv
check "with names" grep -q '^id,class,p_flat,p_round$' cells.csv

# ---- fit imports by itself ----
check "a table and its label" "$recraft" fit --data train.csv --label kind --drop no --method forest --out runs/x \
    --quiet
check "the data set is in the run" test -s runs/x/data/encoders.json
check "whose test part eval finds" "$recraft" eval --run runs/x --quiet
check "it answers" predict runs/x new.csv x.csv
refused 'runs/x: the folder exists and is not empty' "$recraft" fit --data train.csv --label kind --method forest \
    --out runs/x
check "a complete run shows its result" bash \
    -c "'$recraft' fit --data train.csv --label kind --drop no --method forest --out runs/x --resume --json | grep -q forest"
check "it is called as its file" grep -q '"task": "train.csv"' runs/x/result.json
cp train.csv other.csv
resumed() { "$recraft" fit --data "$1" --method forest --out "$2" --resume --quiet "${@:3}"; }
refused 'the run was started with train.csv, not with other.csv' resumed other.csv runs/x --label kind
refused 'the run was started with --label kind, not with side' resumed train.csv runs/x --label side
refused 'the run was started with --drop no, not with no,side' resumed train.csv runs/x --label kind --drop no,side
refused 'the run was started with --skip as it is by default, not with 1' resumed train.csv runs/x --label kind --skip 1
check "however its paths are spelled" resumed ./train.csv ./runs//x/ --label kind --drop no
check "and as whole ones" resumed "$PWD/train.csv" "$PWD/runs/x" --label kind
refused '--label nix: there is no such column' "$recraft" fit --data train.csv --label nix --method forest \
    --out runs/none --quiet
refused 'there is no setting "fit.nix"' "$recraft" fit --data train.csv --label kind --out runs/none --set fit.nix=1
refused '--label: set is a data set already, and is not imported' "$recraft" fit --data set --label kind --out runs/none
rm runs/x/run.json runs/x/result.json runs/x/m* runs/x/examples.safetensors
check "what was killed before it began is begun anew" "$recraft" fit --data train.csv --label side --method forest \
    --out runs/x --quiet
check "with the label of now" grep -q '"label": "side"' runs/x/data/import.json
mkdir -p runs/y/data && echo mine >runs/y/data/notes.txt
refused 'runs/y: no run to resume here' "$recraft" fit --data train.csv --label side --method forest --out runs/y \
    --resume
{ printf 'Made by hand\na;b;kind\n' && for i in {1..30}; do echo "0,$i;$((i * 7 % 13)),5;k$((i % 2))"; done; } >odd.txt
check "all that data import takes" "$recraft" fit --data odd.txt --skip 1 --delimiter ';' --decimal , \
    --test-fraction 0.3 --label kind --method ridge --out runs/odd --quiet
check "is heard" bash \
    -c "tr -d ' \n' <runs/odd/data/import.json | grep -q '\"options\":{\"label\":\"kind\",\"delimiter\":\";\",\"decimal\":\",\",\"skip\":\"1\",\"test-fraction\":\"0.3\"},.*\"n_test\":9'"
check "the same from the encoders of a run" "$recraft" fit --data odd.txt --like runs/odd --label kind --method ridge \
    --out runs/like --quiet
printf 'text,label\na b,x\nb a,y\n' >texts.csv
refused '--drop: texts.csv is read as texts and labels' "$recraft" fit --data texts.csv --drop text --out runs/none
check "pictures" "$recraft" fit --data photos --size 8 --method ridge --out runs/photos --quiet

# ---- runs without encoders ----
mkdir old && cp set/*.npy old/
check "arrays alone" fitted old forest
refused 'new.csv: the run old.run takes arrays (.npy, or x or x_test in a folder or file), since its data were not imported' predict old.run new.csv no.csv
check "and takes them" predict old.run set/x_test.npy old.csv
refused 'old.run: its data were not imported, or by a version that kept no encoders' imported train.csv no \
    --like old.run

exit $failed
