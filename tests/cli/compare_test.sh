#!/usr/bin/env bash
# recraft compare: a whole small experiment, interrupted, resumed, with failures. $1: the program, $2: a scratch folder.
set -u
recraft=$1
scratch=$2
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
failed=0
check() { # check WHAT COMMAND...
    local what=$1
    shift
    if "$@"; then echo "ok   $what"; else
        echo "FAIL $what"
        failed=1
    fi
}
refused() { # refused WORDS COMMAND...: exit code 2 and one line that contains the words
    local words=$1
    shift
    "$@" >out 2>err </dev/null
    local code=$?
    if [ $code -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "$words" err &&
        [ ! -s out ]; then echo "ok   $words"; else
        echo "FAIL wanted \"$words\", exit 2; got exit $code: $(cat err)"
        failed=1
    fi
}
finished() { find "$1" -name result.json | wc -l; }
small=(--set align.epochs=1 --set align.samples=6 --set align.batch=6 --set align.clusters=2 --set fit.epochs=1
    --set fit.batch=6 --set fit.warmup=0)

cat >two.yaml <<'END'
title: Two <small> tasks
methods: nft, recraft
seeds: 2
set:
  align: {epochs: 1, samples: 6, batch: 6, clusters: 2}
  fit: {epochs: 1, batch: 6, warmup: 0}
data:
  one:
    make: darcy --n-train 8 --n-test 2 --resolution 5
  two:
    make: darcy --n-train 8 --n-test 2 --resolution 5 --seed 3
    set: {fit.batch: 4}
tune:
  slow: {fit.lr: 0.0001}
  fast: {fit.lr: 0.001}
method:
  recraft:
    tune:
      fast: {align.lr: 0.01}
questions:
  recraft: {ahead_of: nft}
END

# The whole, tuned: 8 trials, and 4 runs beside those that the choice already is.
check "runs an experiment" "$recraft" compare --experiment two.yaml --out whole --quiet >whole.out
check "did every run" test "$(finished whole)" -eq 12
check "seed 0 is the chosen trial" test -L whole/one/nft/seed-0 -a -s whole/one/nft/seed-0/result.json
check "a candidate is what the method says" grep -q "lr: 0.01" \
    <(sed -n '/^align/,/^fit/p' whole/one/recraft/tune-fast/config.yaml)
check "a data set has its own settings" grep -q "batch: 4" whole/two/nft/seed-1/config.yaml
for file in md csv json html; do check "writes results.$file" test -s whole/results.$file; done
check "writes the diagram" grep -q "<svg" whole/critical-difference.svg
check "prints the table" grep -q "| average rank (2 data sets) |" whole.out
check "the page is safe" bash \
    -c "grep -q 'Two &lt;small&gt; tasks' whole/results.html && ! grep -q '<small> tasks' whole/results.html"
check "answers what was asked" grep -q "^| recraft ahead of nft | 2 | .* | not shown |$" whole/results.md
"$here"/../../tools/verdict-table.py whole answers >answers.md
check "in words" grep -q "^| Is .recraft. ahead of .nft. (naive fine-tuning)? |.* | not shown |$" answers.md
"$here"/../../tools/verdict-table.py whole sets >sets.md
check "beside the scores" grep -q "^| mean rank |" sets.md
check "a line a run" test "$(wc -l <whole/results.csv)" -eq 9
cp whole/results.json before.json
before=$(stat -c %y.%i whole/one/nft/seed-1/result.json)
"$recraft" compare --experiment two.yaml --out whole --json >again.json
check "goes on with nothing to do" test $? -eq 0
check "nothing was run again" test "$before" = "$(stat -c %y.%i whole/one/nft/seed-1/result.json)"
check "the same tables come again" cmp before.json whole/results.json
check "JSON is that of the file" cmp again.json whole/results.json
# Into a page, and packed for another machine, where compare goes on without doing anything again.
mkdir -p page/scripts page/docs page/experiments elsewhere
cp "$here/../../scripts/results" page/scripts/
cp two.yaml page/experiments/whole.yaml
printf 'Before.\n<!-- whole -->\n<!-- end of whole -->\nAfter.\n' >page/docs/results.md
check "puts tables into a page" page/scripts/results "$PWD"
check "between its lines" test "$(sed -n '1p;$p' page/docs/results.md | tr '\n' ' ')" = "Before. After. "
check "the tables stand there" grep -q "| average rank (2 data sets) |" page/docs/results.md
# Or what a tool of its own prints of them.
mkdir page/tools
printf '#!/bin/sh\necho "$(basename $1) beside $2"\n' >page/tools/table.py
chmod +x page/tools/table.py
cp page/docs/results.md tables.md
for word in nft fa; do printf "<!-- whole by table $word -->\n<!-- end of whole -->\n"; done >page/docs/results.md
page/scripts/results "$PWD" >/dev/null
check "a table by a tool, in each place" test "$(sed -n '2p;5p' page/docs/results.md | tr '\n' ';')" = \
    "whole beside nft;whole beside fa;"
mv tables.md page/docs/results.md
cp page/docs/results/whole.tar.gz packed.tar.gz
page/scripts/results "$PWD" >/dev/null
check "same runs, same bytes" cmp packed.tar.gz page/docs/results/whole.tar.gz
mkdir linked
ln -s "$PWD/whole" linked/whole
page/scripts/results "$PWD/linked" >/dev/null
check "a linked folder is packed alike" cmp packed.tar.gz page/docs/results/whole.tar.gz
tar -xzf packed.tar.gz -C elsewhere
check "no weights in it" test -z "$(find elsewhere -name '*.safetensors')"
check "no path of the machine in it" bash -c "! grep -rqF '$PWD' elsewhere"
# Nor of another, from which runs were copied under another name.
cp -r whole kept-whole
find whole -name 'r*.json' -exec sed -i 's|"run": "whole/|"run": "/some/where/before/|' {} +
check "runs are from elsewhere" grep -rqF /some/where whole --include=result.json
page/scripts/results "$PWD" >/dev/null
check "which the pack does not tell" cmp packed.tar.gz page/docs/results/whole.tar.gz
rm -r whole && mv kept-whole whole
"$recraft" compare --experiment two.yaml --out elsewhere/whole --quiet >/dev/null
check "goes on from the packed runs" test $? -eq 0
check "none was run again" test -z "$(find elsewhere/whole/one elsewhere/whole/two -name '*.safetensors')"
check "the same scores" cmp <(cut -d, -f1-11 whole/results.csv) <(cut -d, -f1-11 elsewhere/whole/results.csv)
refused "(fit.lr is 0.0001 there and 0.002 now)" "$recraft" compare --experiment two.yaml --out elsewhere/whole \
    --set fit.lr=0.002 --quiet
# The page again from what is packed, without data, sources or runs.
cp page/docs/results.md first.md
check "the page from the packed runs" env RECRAFT="$recraft" page/scripts/results
check "is the same page" cmp first.md page/docs/results.md
check "and the same pack" cmp packed.tar.gz page/docs/results/whole.tar.gz
sed 's/fast: {fit.lr: 0.001}/fast: {fit.lr: 0.002}/' two.yaml >other.yaml
refused "0.002 now" "$recraft" compare --experiment other.yaml --out elsewhere/whole --tables --quiet
"$recraft" compare --experiment two.yaml --out empty --tables --quiet >empty.out
check "tables of nothing" grep -q "8 runs, 0 finished, 0 failed" empty.out

"$recraft" compare --experiment two.yaml --out whole --data two --method nft --seeds 3 --quiet >some.out
check "a part of it, and one seed more" test "$(finished whole)" -eq 13
refused "(fit.lr is 0.0001 there and 0.002 now)" "$recraft" compare --experiment two.yaml --out whole \
    --set fit.lr=0.002 --quiet
sed 's/--seed 3/--seed 4/' two.yaml >moved.yaml
refused "was made by" "$recraft" compare --experiment moved.yaml --out whole --quiet

# Interrupted in the middle, then killed, then left to end: as if never disturbed.
long=(--experiment two.yaml --data one --seeds 1 --set fit.epochs=4 --jobs 2)
"$recraft" compare "${long[@]}" --out calm --quiet >/dev/null
"$recraft" compare "${long[@]}" --out broken --quiet >/dev/null 2>&1 &
job=$!
for _ in $(seq 600); do
    [ "$(finished broken 2>/dev/null)" -ge 1 ] && break
    sleep 0.05
done
kill -INT $job
wait $job
check "an interrupt ends with 130" test $? -eq 130
check "some is left to do" test "$(finished broken)" -lt 4
check "no run is left behind" bash -c "! pgrep -f -- '[-]-out broken/' >/dev/null"
"$recraft" compare "${long[@]}" --out broken --quiet >/dev/null 2>&1 &
job=$!
sleep 0.5
kill -KILL $job
wait $job 2>/dev/null
for _ in $(seq 200); do # the runs that it left write their checkpoints first
    "$recraft" compare "${long[@]}" --out broken --quiet >/dev/null 2>err && break
    grep -q "at work here" err || break
    sleep 0.1
done
numbers() { cut -d, -f1-8 "$1/results.csv"; }
check "the same numbers as undisturbed" cmp <(numbers calm) <(numbers broken)

# Three workers on one folder. One is stopped in the middle of a run, which is told, then killed; the others end it all.
# What they start is counted. Only the run of the one that is killed may be gone on with.
cat >shared.yaml <<'END'
methods: nft, majority
seeds: 2
set: {fit: {epochs: 4, batch: 6, warmup: 0}}
data:
  one: {make: darcy --n-train 8 --n-test 2 --resolution 5}
  two: {make: darcy --n-train 8 --n-test 2 --resolution 5 --seed 3}
END
shared() { "$recraft" compare --experiment shared.yaml --jobs 1 --quiet "$@"; }
export STARTS=$scratch/starts
counted=(env LD_PRELOAD="$(realpath "$(dirname "$recraft")/../tests/liblog_starts.so")")
setsid "${counted[@]}" "$recraft" compare --experiment shared.yaml --jobs 1 --quiet --out shared --worker >third.out \
    2>&1 &
third=$!
for _ in $(seq 1000); do
    grep -q "^process $third$" shared/one/nft/seed-0.lock 2>/dev/null && break
    sleep 0.01
done
for _ in $(seq 200); do
    cut=$(pgrep -P $third -f -- "--out shared/one/nft/seed-0 ") && break
    sleep 0.01
done
kill -STOP $cut $third
shared --out shared --list --json >list.json
check "a run is known to be at work, and where" python3 -c "
import json, socket
runs = {r['run']: r for r in json.load(open('list.json'))['runs']}
r = runs['one/nft/seed-0']
assert len(runs) == 8 and r['since'], r
assert (r['state'], r['process'], r['host']) == ('running', $third, socket.gethostname()), r
assert runs['two/nft/seed-1']['state'] == 'waiting'"
workers=()
for i in 1 2; do
    "${counted[@]}" "$recraft" compare --experiment shared.yaml --jobs 1 --quiet --out shared --worker >worker-$i.out \
        2>worker-$i.err &
    workers+=($!)
done
sleep 0.3
kill -KILL $third
kill -CONT $cut # it has been told that its parent is gone, writes a checkpoint and ends
for worker in "${workers[@]}"; do
    wait "$worker"
    check "a worker ends well" test $? -eq 0
done
wait $third 2>/dev/null
check "the others have done all" grep -qx "8 runs done, 0 running elsewhere, 0 failed, 0 waiting" worker-1.out \
    worker-2.out
check "each to its end" test "$(cat shared/*/nft/seed-*/metrics.jsonl | wc -l)" -eq 16
for run in {one,two}/{nft,majority}/seed-{0,1}; do
    n=$(grep -c -- " --out shared/$run " starts)
    check "$run is started once" test "$n" -eq 1 -o "$n-$run" = 2-one/nft/seed-0
done
check "and have left no lock" test -z "$(find shared -name '*.lock*')"
check "a worker writes the tables of all" grep -q "8 runs, 8 finished, 0 failed" shared/results.md
# The same in two fixed parts, by one process each. Only the last knows all.
check "one part" shared --out shares --share 1/2 >/dev/null
check "is half of it" test "$(finished shares)" -eq 4 -a ! -e shares/results.md
check "is done" grep -q "^waiting  *0$" <(shared --out shares --share 1/2 --list)
check "leaves the other" grep -q "^waiting  *4$" <(shared --out shares --list)
check "which follows" shared --out shares --share 2/2 >/dev/null
check "the same numbers by workers and by parts" cmp <(numbers shared) <(numbers shares)
refused "the first number is from 1 to the second" shared --out shares --share 3/2
refused "wanted two numbers" shared --out shares --share 3
refused "cannot be used together" shared --out shares --worker --tables

# A run that fails is recorded with its line, and does not stop the others.
"$recraft" data make darcy --out good --n-train 8 --n-test 2 --resolution 5 --quiet >/dev/null
cat >wild.yaml <<'END'
methods: nft, wild
seeds: 1
data: {good: {path: good}}
method:
  wild: {method: nft, set: {fit.lr: 1.0e6, fit.optimizer: sgd, fit.epochs: 6}}
END
"$recraft" compare --experiment wild.yaml --out wild "${small[@]:0:8}" --set fit.batch=6 --set fit.warmup=0 >wild.out \
    2>wild.err
check "failures do not fail the whole" test $? -eq 0
check "the failure is told" grep -q "warning: good/wild/seed-0 failed: fit: .* became" wild.err
check "the failure is in the table" grep -q "^- wild/good/wild/seed-0: fit: .* became" wild.out
check "the other run is there" test -s wild/good/nft/seed-0/result.json
log=$(stat -c %y.%i wild/good/wild/seed-0.failed)
"$recraft" compare --experiment wild.yaml --out wild "${small[@]:0:8}" --set fit.batch=6 --set fit.warmup=0 \
    --quiet >/dev/null
check "a failed run is not tried again" test "$log" = "$(stat -c %y.%i wild/good/wild/seed-0.failed)"
"$recraft" compare --experiment wild.yaml --out wild "${small[@]:0:8}" --set fit.batch=6 --set fit.warmup=0 \
    --quiet --retry >/dev/null
check "unless asked to" test "$log" != "$(stat -c %y.%i wild/good/wild/seed-0.failed)"

# Whoever starts it may have told the system to forget its children (SIGCHLD ignored).
check "waits for its runs all the same" timeout 120 python3 \
    -c 'import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])' \
    "$recraft" compare --data good --method nft --seeds 1 --out forgotten "${small[@]}" --quiet >forgotten.out
check "and sees them end well" test -s forgotten/good/nft/seed-0/result.json -a ! -e forgotten/good/nft/seed-0.failed
mkdir "my root"
printf "methods: nft\nseeds: 1\ndata: {a: {make: 'darcy {root}/k.npy'}}\n" >blank.yaml
refused "\"my root/k.npy\" is one argument too many" "$recraft" compare --experiment blank.yaml --root "my root" \
    --out blank --quiet

# Every seed has data of its own.
ln -s good draw-0
ln -s whole/data/two draw-1
printf "methods: majority\nseeds: 2\ndata: {a: {path: 'draw-{seed}'}}\nset: {data.text_column: 'of-{data}-{seed}'}\n" >draws.yaml
check "each seed reads its draw" "$recraft" compare --experiment draws.yaml --out draws --quiet >draws.out
check "and its setting" grep -q 'text_column: "of-a-1"$' draws/a/majority/seed-1/config.yaml
check "whose scores differ" test "$(cut -d, -f8 draws/results.csv | sort -u | wc -l)" -eq 3
refused "draw-2: no such data set (a)" "$recraft" compare --experiment draws.yaml --seeds 3 --out draws --quiet

# Without a file.
check "lists on the command line" "$recraft" compare --data good,whole/data/one --method nft --seeds 1 \
    --out plain "${small[@]}" --quiet >/dev/null
check "runs go where they should" test -s plain/good/nft/seed-0/result.json -a -s plain/one/nft/seed-0/result.json

# Wrong input: before anything runs.
compare() { "$recraft" compare --out never --quiet "$@"; }
refused "--data and --method are needed" compare --data good
refused "no such data set" compare --data good,missing --method nft
refused "no such method" compare --data good --method nft,best
refused "named twice" compare --data good --method nft,nft
refused "two data sets are named" compare --data good,./good --method nft
refused "empty place" compare --data good,,x --method nft
refused "did you mean fit.lr" compare --data good --method nft --set fit.lrr=1
refused "seed is not set here" compare --data good --method nft --set seed=1
refused "no source of this name" compare --data good --method nft --source swin-huge
refused "whole number" compare --data good --method nft --seeds 0
refused "none.yaml: no such file" compare --experiment none.yaml
bad() { # bad WORDS TEXT
    printf '%b' "$2" >bad.yaml
    refused "$1" compare --experiment bad.yaml
}
bad "names no data set" "methods: nft\n"
bad "names no method" "data: {a: {path: good}}\n"
bad "bad.yaml:2: \"speed\" is not understood" "methods: nft\nspeed: 3\ndata: {a: {path: good}}\n"
bad "needs either a path" "methods: nft\ndata: {a: {set: {fit.lr: 1}}}\n"
bad "bad.yaml:2: bounds is \"maybe\"" "methods: nft\nbounds: maybe\ndata: {a: {path: good}}\n"
bad "seeds is \"many\"" "methods: nft\nseeds: many\ndata: {a: {path: good}}\n"
bad "bad.yaml:2: fit.lr is \"x\"" "methods: nft\nset: {fit.lr: x}\ndata: {a: {path: good}}\n"
bad "there is no candidate \"b\"" \
    "data: {a: {path: good}}\nmethod: {nft: {tune: {b: {fit.lr: 1}}}}\ntune: {c: {fit.lr: 1}}\n"
bad "cannot be the name" "methods: nft\ndata: {a/b: {path: good}}\n"
bad "cannot be made" "methods: nft\ndata: {a: {make: gravity}}\n"
bad "method.recarft: \"methods\" does not name this method" \
    "methods: nft, recraft\ndata: {a: {path: good}}\nmethod: {recarft: {set: {fit.lr: 1}}}\n"
bad "the title holds a line break" "title: \"One\\\\ntwo\"\nmethods: nft\ndata: {a: {path: good}}\n"
# What --data and --method leave out is checked as well.
printf 'methods: nft, recraft\ndata: {a: {path: good}, b: {path: good, set: {fit.lrr: 1}}}\n' >part.yaml
refused "did you mean fit.lr" compare --experiment part.yaml --data a
printf 'methods: nft, recraft\ndata: {a: {path: good}}\nmethod: {recraft: {set: {align.lr: fast}}}\n' >part.yaml
refused "align.lr is \"fast\"" compare --experiment part.yaml --method nft
rm -rf never
# Where nothing works, that is what is said.
refused "all 2 runs failed; the first: fit: " "$recraft" compare --data good --method nft,recraft --seeds 1 \
    --out nothing --quiet "${small[@]}" --set model.tokens=3 --set fit.lr=1e6 --set fit.optimizer=sgd --set fit.epochs=6
rm -rf never
exit $failed
