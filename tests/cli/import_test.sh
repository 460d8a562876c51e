#!/usr/bin/env bash
# recraft data import: what becomes of tables, pictures, sounds, arrays and sequences, and what the report says of it.
# $1: the program, $2: a scratch folder.
. "$(dirname "$0")/your_data_files.sh"

# ---- the imports of docs/your-data.md ----
while read -r line; do
    eval "words=($line)"
    check "$line" "$recraft" "${words[@]:1}" --quiet
done < <(sed -n 's/^    \(recraft data import .*\)/\1/p' "$source/docs/your-data.md")

# ---- what was made of them ----
report() { tr -d '\n ' <"$1/import.json"; }
check "labels by name, in order" grep -q '"labels":\["cat","dog"\]' <(report pets)
check "the line number is left out" grep -q '"use":"leftout:itnumbersthelines"' <(report pets)
check "missing values are told" grep -q '5missing,filledwiththemeanoftrain' <(report pets)
check "a price is a number" grep -q '"target":"numbers"' <(report houses)
check "texts become ones" grep -q 'zerosandonesfor1texts;missing:allzeros' <(report houses)
check "channels first" grep -q '"x_shape":"\[3,12,12\]"' <(report cells)
check "texts of HDF5 are labels" grep -q '"labels":\["flat","round"\]' <(report cells)
check "sizes are told" grep -q '"x_shape":"\[3,32,32\]"' <(report animals)
check "recordings stay together" grep -q '"n_valid":' <(report clips)
check "data show reads what import reads" "$recraft" data show pets.csv --quiet
for path in photos sounds scan.h5 promoters.fasta houses.tsv pets; do
    check "data show $path" "$recraft" data show $path --json
done

# Nothing can be put out of memory where there is no folder for it: once.
TMPDIR=/nonexistent "$recraft" data import pets.csv --label kind --out scratchless >/dev/null 2>scratchless.err
check "a folder for scratch that is not there is told" test $? -eq 0 \
    -a "$(grep -c "/nonexistent: no file can be made there" scratchless.err)" -eq 1

# The same seed, the same bits; another seed, another split.
"$recraft" data import pets.csv --label kind --out again --quiet >/dev/null
check "the same again" cmp pets/x_train.npy again/x_train.npy
"$recraft" data import pets.csv --label kind --seed 1 --out other --quiet >/dev/null
check "another seed, another split" bash \
    -c '! cmp -s pets/y_train.npy other/y_train.npy || ! cmp -s pets/x_train.npy other/x_train.npy'

# ---- long labels ----
long=$(printf 'x%.0s' {1..200})
for i in 1 2 3; do printf '>a%d %s\nACGT\n>b%d %sb\nGGTA\n' $i "$long" $i "$long"; done >long.fasta
check "two labels of 200 letters" "$recraft" data import long.fasta --out long1 --quiet
check "stay two" grep -q "\"labels\":\[\"$long\",\"${long}b\"\]" <(report long1)
for kind in a b; do
    mkdir -p "nested/$long/$long/$kind"
    for i in 1 2 3; do cp "$files/mono.wav" "nested/$long/$long/$kind/$i.wav"; done
done
check "folders in folders" "$recraft" data import nested --length 400 --out long2 --quiet
check "keep their whole names" grep -q "\"labels\":\[\"$long/$long/a\",\"$long/$long/b\"\]" <(report long2)

# ---- other ways in ----
check "the data's own parts" "$recraft" data import pets.csv --test pets.csv --label kind --out two --quiet
check "all of both" grep -q '"n_train":40,"n_test":40' <(report two)
mkdir -p parted/train/a parted/train/b parted/test/a
cp "$files/rgb.png" parted/train/a/1.png && cp "$files/rgb.png" parted/train/b/1.png &&
    cp "$files/rgb.png" parted/train/b/2.png && cp "$files/rgb.png" parted/test/a/1.png
check "folders train and test" "$recraft" data import parted --out p2 --quiet
check "as the data say" grep -q '"split":"asthedatasay","n_train":3,"n_test":1' <(report p2)
mkdir flat
for i in 1 2 3 4; do cp "$files/mono.wav" flat/$i.wav; done
printf 'file,kind,part\n1.wav,x,train\n2,y,train\nflat/3.wav,x,train\n4.wav,y,test\n' >labels.csv
check "a table of labels" "$recraft" data import flat --labels labels.csv --label kind --split part --length 800 \
    --out l2 --quiet
check "its parts" grep -q '"n_train":3,"n_test":1' <(report l2)
printf 'file,kinds\n1.wav,"bark, siren"\n2.wav,siren\n3.wav,wind\n4.wav,"wind,bark"\n' >several.csv
check "several labels a clip" "$recraft" data import flat --labels several.csv --label kinds --target labels \
    --length 200 --out l3 --quiet
check "their names, in order" grep -q '"labels":\["bark","siren","wind"\]' <(report l3)
check "windows know their clip" test -s l3/group_train.npy
check "spectrograms of windows" "$recraft" data transform log-mel --in l3 --out m3 --set rate=8000 --set n_fft=128 \
    --set window=64 --set hop=32 --set mels=16 --quiet
check "more of them for training" "$recraft" data transform spec-augment --in m3 --out a3 --set copies=2 --quiet
check "and the clips are not forgotten" test -s a3/group_train.npy -a -s a3/group_test.npy
check "fit takes labels and clips" env OMP_WAIT_POLICY=passive "$recraft" fit --data a3 --source swin-mini \
    --method nft --out r3 --set fit.epochs=1 --set fit.warmup=0 --quiet
check "eval scores clips" bash -c "'$recraft' eval --run r3 --json --quiet | grep -q by_group"
printf 'size,herd,kind\n0.5,a,x\n2.5,a,y\n1.5,b,x\n3.5,b,y\n' >first.csv
printf 'size,herd,kind\n0.7,c,x\n2.7,d,y\n1.7,d,x\n3.7,a,y\n' >second.csv
check "two files" "$recraft" data import first.csv --test second.csv --label kind --group herd --out herds --quiet
check "each row in its own group" env PYTHONPATH="$source/tests/cli" python3 -c 'import npy
a, b = (npy.read(f"herds/group_{part}.npy")[-1] for part in ("train", "test"))
assert list(a) == [0, 0, 1, 1] and list(b) == [2, 3, 3, 0], (a, b)'
check "ARFF" "$recraft" data import "$files/liac.arff" --label legs --target numbers --out arff --quiet
check "MATLAB, samples last" "$recraft" data import "$files/v73.mat" --x coeff --y words --layout NLC --out mat --quiet
check "its order" grep -q '"x_shape":"\[5,3\]"' <(report mat)
check "series of different lengths" "$recraft" data import "$files/records.pkl" --length 50 --hop 25 --out records \
    --quiet
check "their windows" grep -q '"did":"30windowsof50samplesevery25in12seriesof40to150' <(report records)
check "records stay together" grep -q '"n_valid":' <(report records)
check "windows of a regular series" "$recraft" data import records/x_train.npy --y records/y_train.npy --length 20 \
    --out r2 --quiet
check "its shape" grep -q '"x_shape":"\[1,20\]"' <(report r2)
check "series of different lengths, whole" "$recraft" data import "$files/records.pkl" --out whole --quiet
check "have the length of the longest" grep \
    -q '"did":"12seriesof40to150samples,whole;shortonesendinzeros".*"x_shape":"\[1,150\]"' <(report whole)
check "channels of one rate" grep -q '"channels":\["EEGFpz-Cz,uV","EOG,uV"\],"did":"12seriesof64to64samples,whole"' \
    <(report nights)
check "the others are told" grep -q 'channelsthatareleftout,sinceothershaveahighersamplingrate:\\"Temp\\"' \
    <(report nights)
check "a channel by its name" "$recraft" data import sleep --channels Temp --out slow --quiet
check "its shape" grep -q '"x_shape":"\[1,2\]"' <(report slow)
check "windows of recordings" "$recraft" data import sleep --length 16 --hop 8 --out pieces --quiet
check "stay in one part" grep -q '"did":"84windowsof16samplesevery8in12seriesof64to64.*"n_valid":' <(report pieces)
mkdir ecg
for i in 1 2 3 4; do
    cp "$files/wfdb16.dat" "$files/wfdb212.dat" ecg/
    cp "$files/wfdb16.hea" ecg/a$i.hea && cp "$files/wfdb212.hea" ecg/b$i.hea
done
mv ecg/b4.hea ecg/b4.HEA
check "WFDB, labels in comments" "$recraft" data import ecg --label Dx --out hearts --quiet
check "gaps are told" grep -q 'missingvalues:12in4series;theyarefilledinastraightlinebetweentheirneighbours' \
    <(report hearts)
check "labels by name" grep -q '"labels":\["AF","N"\]' <(report hearts)
for path in sleep ecg ecg/a1.hea; do check "data show $path" "$recraft" data show $path --json; done
python3 - <<'END' || exit 1
import struct
def npy(path, kind, shape, values, code):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, shape)
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    open(path, "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode()
        + struct.pack("<%d%s" % (len(values), code), *values))
nan = float("nan")
npy("gaps.npy", "<f8", (4, 2, 5), [nan, 1, nan, 3, nan, 8, nan, nan, 2, nan] + [nan] * 5 + [4, 0, nan, nan, 2]
    + [1.0] * 20, "d")
npy("gaps_y.npy", "<i8", (4,), [0, 1, 0, 1], "q")
END
values() { # values HOW SAMPLE: of the training part, which holds all
    python3 -c "
import struct
d = open('filled_$1/x_train.npy', 'rb').read()[128:]
print(*['%g' % v for v in struct.unpack('<40f', d)[10 * $2:10 * $2 + 10]])"
}
for how in interpolate mean zero; do
    check "gaps: $how" "$recraft" data import gaps.npy --y gaps_y.npy --fill $how --test-fraction 0 --out filled_$how \
        --quiet
done
check "straight lines; after the last, zeros" test "$(values interpolate 0)" = "1 1 2 3 0 8 6 4 2 0"
check "a channel without numbers" test "$(values interpolate 1)" = "0 0 0 0 0 4 0 0.666667 1.33333 2"
check "means of the series" test "$(values mean 0)" = "2 1 2 3 0 8 5 5 2 0"
check "zeros" test "$(values zero 0)" = "0 1 0 3 0 8 0 0 2 0"
check "and told" grep \
    -q 'seriesthatendinmissingvalues:1;theycountasshorter.*missingvalues:11in2series;theybecomethemeanoftheirseries' \
    <(report filled_mean)
check "channels of .ts" grep \
    -q '"did":"24seriesof20to22samples,whole;shortonesendinzeros".*"labels":\["fast","slow"\].*"x_shape":"\[2,22\]"' \
    <(report walks)
check "their gaps" grep -q 'missingvalues:12in6series;theyarefilledinastraightline' <(report walks)
check "windows of .ts" "$recraft" data import walks.ts --length 8 --out steps --quiet
check "stay in one part" grep -q '"did":"48windowsof8samplesevery8in24series.*"n_valid":' <(report steps)
check "rows as series" "$recraft" data import beats.tsv --series --out beats --quiet
check "the first column is the label" grep \
    -q '"label":"column1".*"did":"24seriesof20to20samples,whole".*"x_shape":"\[1,20\]"' <(report beats)
check "ends are told" grep -q 'seriesthatendinmissingvalues:4;theycountasshorter' <(report beats)
check "and points one by one are not" bash -c "! grep -q 'column 7' beats/import.json"
check "rows as they are" "$recraft" data import beats.tsv --label "column 1" --out flat_beats --quiet
check "but it is told what they look like" grep -q '"column2\\"to\\"column21\\"looklikepointsofaseries' \
    <(report flat_beats)
check "pickle" "$recraft" data import "$files/object.npy" --target numbers --out pkl --quiet

# What is as long as the file lies in $TMPDIR, and where that cannot be, in memory: the same either way.
python3 - <<'PY'
import random
random.seed(3)
with open("long.csv", "w") as f:
    f.write("a,town,name,of,kind\n")
    for i in range(270000):
        f.write("%d,%s,n%d,%d,%s\n" % (random.randrange(1000), random.choice(["Rome", "Oslo", "Bonn"]), i, i // 3,
            "cat dog".split()[i // 3 % 2]))
PY
mkdir long_tmp
# peak COMMAND...: runs it, and prints the most memory it had, in MB.
peak() {
    python3 -c 'import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)' "$@"
}
by_files=$(TMPDIR=$PWD/long_tmp peak "$recraft" data import long.csv --label kind --group of --out long --quiet)
in_memory=$(TMPDIR=/nonexistent peak "$recraft" data import long.csv --label kind --group of --out long_memory --quiet)
check "a long table by files takes less memory ($by_files and $in_memory MB)" test "$((by_files + 20))" -lt "$in_memory"
check "the files are gone" test -z "$(ls -A long_tmp)"
check "the same either way" eval 'sed -i s/long_memory/long/ long_memory/import.json; diff -r long long_memory'
rm -r long long_memory long.csv
exit $failed
