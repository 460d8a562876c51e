#!/usr/bin/env bash
# Tables whose columns name files, through the program. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 PYTHONPATH=$here
python3 - <<'PY' || exit 1
import os, random, struct, wave, zlib
random.seed(1)
def png(path, size, shade): # gray
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(random.randrange(shade, shade + 60) for _ in range(size)) for _ in range(size))
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
def wav(path, n, step):
    with wave.open(path, "wb") as f:
        f.setnchannels(1), f.setsampwidth(2), f.setframerate(800)
        f.writeframes(struct.pack("<%dh" % n, *(8000 * ((t // step) % 2) for t in range(n))))
os.makedirs("data/pics"), os.makedirs("data/snd")
def row(i, kind):
    png("data/pics/%d.png" % i, 8, 20 + 150 * (kind & 1))
    wav("data/snd/%d.wav" % i, 40 + i % 5, 2 + 3 * (kind >> 1))
    photo = "" if i == 4 else "pics/%d.png" % i
    sound = "NA" if i == 7 else "snd/%d.wav" % i
    return "%d,%.2f,%s,%s,%s,note %d on a pet" % (i % 9, random.random(), ("red", "blue")[i % 3 == 0], photo, sound, i)
with open("data/pets.csv", "w") as f:
    f.write("home,age,colour,the photo,recording,note,kind\n")
    for i in range(32):
        f.write("%s,%s\n" % (row(i, i % 4), "cat dog owl bat".split()[i % 4]))
with open("data/new.csv", "w") as f:
    f.write("home,age,colour,the photo,recording,note\n")
    for i in range(32, 36):
        f.write(row(i, i % 4) + "\n")
PY
import() { "$recraft" data import "$@" --quiet; }
says() { python3 -c "import json, struct, npy; r = json.load(open('$1')); assert $2, r"; }
small=(--source swin-mini --quiet --set model.image_size=16 --set fit.epochs=1 --set fit.batch=8 --set fit.warmup=0
    --set fit.opponents=no --set fit.head_start=seed)

"$recraft" data show data/pets.csv --json >shown.json
check "shows what columns name" says shown.json \
    '[c.get("names") for c in r["columns"]] == [None, None, None, "pictures", "sounds", None, None]'
check "imports" import data/pets.csv --label kind --out pets
check "with a note" says pets/import.json \
    'any("\"the photo\" names pictures" in n and "--files none" in n for n in r["notes"])'
check "and the gaps" says pets/import.json '"\"recording\": rows without a file: 1; they lack this input" in r["notes"]'
check "x is what is left" says pets/import.json \
    'r["x_shape"] == "[3]" and r["files"]["recording"]["reader"] == "sounds"'
"$recraft" data show pets --json >shown.json
check "the inputs" says shown.json 'r["inputs"] == {"x": "table", "recording": "sequences", "the_photo": "images"}'
check "a missing file is a missing input" says shown.json \
    'sum(r[p][k].get("absent", 0) for p in ("train", "test") for k in ("recording", "the_photo")) == 2'
check "the same where columns are named" import data/pets.csv --label kind --files "recording,the photo" --out named
check "in every bit" cmp pets/x_train.the_photo.npy named/x_train.the_photo.npy
check "files may be left as names" import data/pets.csv --label kind --files none --out names
check "then they are free text" says names/import.json \
    'r["columns"][3]["use"].startswith("left out") and "files" not in r'
check "one of them" import data/pets.csv --label kind --drop "the photo" --length 16 --out short
check "cut to a length" says short/import.json '"\"recording\": sounds of up to 44 samples are cut to 16" in r["notes"]'
check "no file is named twice" says pets/import.json 'not any("several rows name" in n for n in r["notes"])'
sed 's/pics\/[12].png/pics\/3.png/; s/snd\/9.wav/snd\/8.wav/' data/pets.csv >data/shared.csv
check "the same files in several rows" import data/shared.csv --label kind --out shared
check "are told" says shared/import.json \
    '"files that several rows name: 2; rows that share one stay in one part, as a group" in r["notes"]'
check "and stay in one part" python3 - <<'PY'
import npy
groups = [set(npy.read("shared/group_%s.npy" % part)[1]) for part in ("train", "valid", "test")]
assert sum(map(len, groups)) == len(set.union(*groups)) == 29, groups
PY
check "rows may be told apart" import data/shared.csv --label kind --group colour --out told
check "which is told, too" says told/import.json \
    'any("files that rows of several groups name: " in n for n in r["notes"])'
sed 's/pics\/[0-9]*.png/pics\/3.png/' data/pets.csv >data/one.csv
check "one file for most" import data/one.csv --label kind --out one
check "keeps none together" says one/import.json \
    'any("they connect most rows" in n for n in r["notes"]) and r["n_test"] == 6'
check "no other column" import data/pets.csv --label kind --drop home,age,colour --files recording,"the photo" \
    --out alone
check "x is the first of the files" says alone/import.json 'r["x_shape"] == "[1, 8, 8]"'
check "other rows by the same encoders" import data/pets.csv --like pets --out again
check "to the same bits" cmp pets/x_test.recording.npy again/x_test.recording.npy
check "without labels" import data/new.csv --like pets --unlabelled --out unlabelled
check "of every input" test -s unlabelled/x_unlabelled.the_photo.npy
check "groups stay together" import data/pets.csv --label kind --group home --out grouped
check "fits" "$recraft" fit "${small[@]}" --method nft --data data/pets.csv --label kind --out run
check "predicts" "$recraft" predict --run run --input data/new.csv --output answer.csv --quiet
check "four rows" test "$(wc -l <answer.csv)" = 5
(cd data && "$recraft" predict --run ../run --input - --output - --quiet <new.csv) >stdin.csv
check "standard input names files of the working folder" cmp answer.csv stdin.csv
check "evaluates" "$recraft" eval --run run --data data/pets.csv --quiet
cut -d, -f1-4 data/new.csv >data/silent.csv
"$recraft" predict --run run --input data/silent.csv --output silent.csv --json --quiet >silent.json
check "a column that is not there is a missing input" says silent.json \
    '"there is no column \"recording\"" in r["notes"]'

# Signals, and what is no file.
cp "$here/../data/readers/signals.edf" data/night.edf
printf 'age,eeg,kind\n3,night.edf,a\n1,,b\n4,night.edf,a\n1,night.edf,b\n' >data/nights.csv
check "signals" import data/nights.csv --label kind --length 50 --test-fraction 0 --out nights
check "are cut to a length" says nights/import.json \
    'any("\"eeg\": series of up to 64 samples are cut to 50" in n for n in r["notes"])'
check "by the same encoders" import data/nights.csv --like nights --test-fraction 0 --out more_nights
check "to the same bits" cmp nights/x_train.eeg.npy more_nights/x_train.eeg.npy
sed 's/age,eeg/age,eeg,eeg-1,eeg-20240131/; s/night.edf/&,&,&/' data/nights.csv | sed 's/,,/,,,,/' >data/dated.csv
check "columns with numbers behind their names" import data/dated.csv --label kind --test-fraction 0 --out dated
"$recraft" data show dated --json >shown.json
check "are not shards" says shown.json 'list(r["inputs"]) == ["x", "eeg", "eeg-1", "eeg_20240131"]'
ln -s /dev/zero data/endless.png
printf 'age,photo,kind\n3,endless.png,a\n1,pics/1.png,b\n' >data/bad.csv
refused 'data/bad.csv:2: "photo": data/endless.png: a device, not a regular file; save its contents to a file first; or --files none keeps the names' import data/bad.csv --label kind --out bad
edit() { sed "$1" data/pets.csv >data/bad.csv; }
edit 's/snd\/9.wav/snd\/nine.wav/'
check "a file that is not there: kept as names" import data/bad.csv --label kind --out partly
check "the others stay" says partly/import.json \
    'list(r["files"]) == ["the photo"] and any("data/bad.csv:11 is not there" in n for n in r["notes"])'
refused 'data/bad.csv:11: "recording": data/snd/nine.wav: no such file' import data/bad.csv --label kind \
    --files recording --out bad
cp data/pets.csv data/pics/9.png
refused 'data/pets.csv:11: "the photo": data/pics/9.png: not a PNG or JPEG' import data/pets.csv --label kind --out bad
refused '"colour" holds "blue", which is not a picture' import data/pets.csv --label kind --files colour --out bad
refused '"kind" is named twice, or the label' import data/pets.csv --label kind --files kind --out bad
refused "not cut into windows" import data/pets.csv --label kind --hop 4 --out bad
refused "there is no such column" import data/pets.csv --label kind --files photos --out bad
refused "the encoders already say it" import data/pets.csv --like pets --files recording --out bad
edit 's/pics\/9.png/a.tif/'
refused "TIFF pictures, not read here; convert them" import data/bad.csv --label kind --files "the photo" --out bad
edit 's/pics\/9.png/snd\/9.wav/'
refused "names files of several kinds" import data/bad.csv --label kind --files "the photo" --out bad
printf 'p,kind\npics/1.png,a\npics/2.png,b\n,a\npics/3.png,b\n' >data/bad.csv
refused 'data/bad.csv:4: "p" names no file, and the row has no other input' import data/bad.csv --label kind \
    --test-fraction 0 --out bad
exit $failed
