#!/usr/bin/env bash
# A whole small run through the program: generate, fit, resume, evaluate, predict, report. $1: the program, $2: a
# scratch folder.
set -u
recraft=$1
scratch=$2
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
small="--set align.epochs=3 --set align.probe_every=1 --set align.samples=8 --set align.batch=4 --set align.clusters=3 --set fit.epochs=4 --set fit.batch=4 --set fit.warmup=0"

check "generates Darcy" "$recraft" data make darcy --out darcy --n-train 12 --n-test 4 --resolution 9 --quiet
check "shows it" "$recraft" data show darcy --json
for name in advection burgers reaction-diffusion-1d reaction-diffusion-2d diffusion-sorption shallow-water euler; do
    check "generates $name" "$recraft" data make $name --out $name --n-train 2 --n-test 1 --resolution 16 \
        --set time=0.1 --quiet
    check "shows it" "$recraft" data show $name --quiet
done
check "throws images on a sphere" "$recraft" data transform spherical --in shallow-water --out sphere \
    --set bandwidth=6 --quiet
check "shows it" "$recraft" data show sphere --quiet
check "lists the tasks" bash -c "'$recraft' data list | grep -q '^psicov .*mae8'"
check "shows one" bash -c "'$recraft' data show darcy-pdebench | grep -q 'fit.lr'"
check "fits by a task's settings" "$recraft" fit --task shallow-water --data shallow-water --method nft \
    --out task $small --json >task.out
check "which a setting overrides" bash \
    -c "grep -q 'beta2: 0.98' task/config.yaml && grep -q '  epochs: 4' task/config.yaml && grep -q 'loss: nrmse' task/config.yaml"
check "its help lists parameters" bash -c "'$recraft' data make --help | grep -q -- '--set beta'"
for method in recraft nft fa orca scratch fpt mona pare; do
    check "fits by $method" "$recraft" fit --data darcy --method $method --out $method $small --json >$method.out
    check "writes a result for $method" test -s $method/result.json
done
check "the seed decides all" "$recraft" fit --data darcy --method recraft --out again $small --quiet
check "the same bits come again" cmp recraft/model.safetensors again/model.safetensors

# Interrupted as soon as the first epoch of stage 2 is logged, then resumed.
"$recraft" fit --data darcy --method recraft --out broken $small --set fit.epochs=400 --quiet >/dev/null &
job=$!
for _ in $(seq 600); do
    grep -q '"stage": "fit"' broken/metrics.jsonl 2>/dev/null && break
    sleep 0.1
done
# No thread may be interrupted while it computes (src/cli/interrupt.c): SIGINT, SIGTERM, SIGUSR1, SIGUSR2 and SIGXCPU
# (0x804a02) are blocked in all but the one that waits for them, in which the kernel lets them through.
unprotected() {
    awk '/^SigBlk/ { print substr($2, length($2) - 5) }' "$@" |
        while read -r mask; do [ $((0x$mask & 0x804a02)) -eq $((0x804a02)) ] || echo "$mask"; done
}
check "more threads run than the one that waits" test "$(ls /proc/$job/task | wc -l)" -ge 2
check "all others have the signals blocked" test "$(unprotected /proc/$job/task/*/status | wc -l)" -eq 1
check "its first thread among them" test -z "$(unprotected /proc/$job/task/$job/status)"
kill -INT $job
wait $job
check "an interrupt ends with 130" test $? -eq 130
check "leaves a checkpoint" test -s broken/checkpoint/state.safetensors
check "refuses other settings" bash \
    -c "! '$recraft' fit --data darcy --method recraft --out broken $small --resume --quiet 2>/dev/null"

# A run that a version without some setting has started goes on in this one.
sed -i '/^  distortion_epochs:/d' broken/config.yaml
"$recraft" fit --data darcy --method recraft --out broken $small --set fit.epochs=400 --resume --quiet >/dev/null \
    2>older.err &
job=$!
sleep 1
kill -INT $job
wait $job
check "a setting that came later has its default" test $? -eq 130 -a "$(grep -c 'started with other' older.err)" -eq 0

# Cut in the middle of either stage and resumed, a run gives the same bits as one that was never interrupted.
for stage in align fit; do
    rm -rf cut
    (
        "$recraft" fit --data darcy --method recraft --out cut $small --quiet &
        job=$!
        for _ in $(seq 2000); do
            grep -q "\"stage\": \"$stage\"" cut/metrics.jsonl 2>/dev/null && break
            sleep 0.005
        done
        kill -INT $job 2>/dev/null
        wait $job
    )
    [ -f cut/result.json ] || "$recraft" fit --data darcy --method recraft --out cut $small --resume --quiet >/dev/null
    check "cut in stage $stage, the same bits" cmp recraft/model.safetensors cut/model.safetensors
    check "cut in stage $stage, the same number of lines" test "$(wc -l <recraft/metrics.jsonl)" = \
        "$(wc -l <cut/metrics.jsonl)"
done

# Killed before its first checkpoint, it begins anew, metrics and all.
rm -rf cut
"$recraft" fit --data darcy --method nft --out cut $small --set fit.checkpoint_every=100 --set fit.epochs=400 \
    --quiet >/dev/null 2>&1 &
job=$!
for _ in $(seq 2000); do
    [ -s cut/metrics.jsonl ] && break
    sleep 0.005
done
kill -KILL $job
wait $job 2>/dev/null
sed -i 's/epochs: 400/epochs: 4/; s/checkpoint_every: 100/checkpoint_every: 1/' cut/config.yaml
check "goes on without a checkpoint" "$recraft" fit --data darcy --method nft --out cut $small --resume --quiet
check "with the lines of one run" test "$(wc -l <cut/metrics.jsonl)" -eq "$(wc -l <nft/metrics.jsonl)"

# The same for methods with stages or parameters of their own.
for method in mona pare; do
    rm -rf cut
    (
        "$recraft" fit --data darcy --method $method --out cut $small --quiet &
        job=$!
        for _ in $(seq 2000); do
            [ -s cut/metrics.jsonl ] && break
            sleep 0.005
        done
        kill -INT $job 2>/dev/null
        wait $job
    )
    [ -f cut/result.json ] || "$recraft" fit --data darcy --method $method --out cut $small --resume --quiet >/dev/null
    check "$method, cut and resumed: the same bits" cmp $method/model.safetensors cut/model.safetensors
done

check "evaluates" bash -c "'$recraft' eval --run recraft --json >eval.out"
test_of() { grep -o '"test": [0-9.e-]*' "$1" | head -n 1; }
check "evaluation agrees with the run" test "$(test_of eval.out)" = "$(test_of recraft/result.json)"
check "predicts" "$recraft" predict --run recraft --input darcy/x_test.npy --output answer.npy --json
check "wrote predictions" test "$(stat -c %s answer.npy)" = "$(stat -c %s darcy/y_test.npy)"
check "reports" "$recraft" report --run recraft
check "the page has pictures" grep -q 'data:image/png;base64' recraft/report.html
check "prints a table" "$recraft" report --table --run recraft --run nft
check "embeds" "$recraft" embed --source swin-mini --input darcy/x_test.npy --output features.npy --json
check "measures the gap before training" bash \
    -c "'$recraft' align --data darcy --source swin-mini --resamples 3 --features 50 $small --quiet | grep -q otdd"
check "measures the gap of a run" bash \
    -c "'$recraft' align --run recraft --distances w1,coral --resamples 2 --page gap.html --json >gap.out"
"$recraft" align --data darcy --source swin-mini --resamples 0 --features 50 $small --rank-by probe \
    --json --quiet >scores.out
check "what the source tells about the labels" python3 -c 'import json
r = json.load(open("scores.out"))
s = r["sources"][0]["stages"][0]
assert r["ranked_by"] == "probe" and s["leep"] <= 0 and s["nce"] <= 0, s
assert s["probe"] > 0 and isinstance(s["logme"], float), s'
check "with distances named, only what takes no pass" python3 -c 'import json
assert all(s["leep"] <= 0 and s["logme"] is None and s["probe"] is None
    for s in json.load(open("gap.out"))["sources"][0]["stages"])'
for stage in before "after stage 1" "after training"; do
    check "the gap $stage" grep -q "\"stage\": \"$stage\"" gap.out
done
check "the page shows the features" grep -q '<circle' gap.html
check "and the scores" grep -q '<th>LogME</th>' gap.html
check "lists sources" bash -c "'$recraft' source list | grep -q swin-mini"
check "shows the source" "$recraft" source show swin-mini --json
exit $failed
