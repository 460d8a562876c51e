#!/usr/bin/env bash
# recraft data get from files on the disk: what it prints, what it makes, and one line, exit code 2 and nothing written
# for what is wrong. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
files=$(cd "$here/../data/published" && pwd)
wrong() { # wrong WORDS ARGUMENT...
    local words=$1
    shift
    refused "$words" "$recraft" data get "$@" --quiet
}

check "the plan names address and MD5" bash \
    -c "'$recraft' data get burgers --plan --json | tr -d '\n ' | grep -q 'datafile/281365\",\"bytes\":8232000000,\"md5\":\"9021eba35332d127306f11ef84c1a60f'"
check "the licence comes first" bash \
    -c "'$recraft' data get ecg --from '$files' 2>&1 >/dev/null | head -1 | grep -q 'licence: ODC-BY 1.0; about 0.15 GB of files'"
check "the folder has the task's name" test -f ecg/group_train.npy
check "where it came from stands beside it" grep -q "challenge2017.pkl, https://" ecg/source.md
check "nothing else is left" test ! -e ecg.download
check "data show reads it" "$recraft" data show ecg --json
check "a few samples" bash \
    -c "'$recraft' data get satellite --from '$files' --n-train 5 --n-test 4 --out few --json --quiet | grep -q '\"n_train\": 5'"
mkdir unpacked
tar xf "$files/cifar-100-python.tar.gz" -C unpacked
check "an archive that is unpacked already" bash \
    -c "'$recraft' data get cifar100 --from unpacked --quiet | grep -q 'n_train *8'"
check "a table" "$recraft" data get openml-31 --from "$files" --quiet
check "fit takes it" env OMP_WAIT_POLICY=passive "$recraft" fit --method recraft --data openml-31 --source swin-mini \
    --out run --set fit.epochs=1 --set fit.warmup=0 --set align.epochs=1 --set fit.class_weights=balanced \
    --set fit.metric=1-auroc --quiet

wrong "ecg: exists already" ecg --from "$files"
wrong "did you mean ninapro?" ninaproo
wrong "its MD5 is" advection --from "$files"
wrong "has no protein.zip, nor unpacked deepcov.lst, which psicov needs" psicov --from unpacked --side 32 --n-train 1 \
    --n-test 1 --out p
exit_code=1 wrong "psicov needs 3.35e+03 GB here" psicov --from "$files" --side 2000 --out p
wrong "--from and --mirror: give one" darcy --from "$files" --mirror http://127.0.0.1 --out d
wrong "--side" psicov --side 3 --out p
printf 'PK\003\004 and then nothing' >protein.zip
wrong "not a readable .zip" psicov --from . --side 32 --n-train 1 --n-test 1 --out p
printf 'a,class\n1,x\n2,x\n' >one.csv
wrong "holds one class only" openml-15 --from one.csv --out t
printf 'a,class\n1,x\n2\n' >ragged.csv
wrong "ragged.csv:3: 1 columns, header has 2" openml-15 --from ragged.csv --out t

exit $failed
