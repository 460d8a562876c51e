# For tests of the command line, which source it: the program and a fresh scratch folder to work in, and what to say of
# a command.
# $1: the program, $2: the scratch folder. The test ends with `exit $failed`.
export PYTHONDONTWRITEBYTECODE=1 # the folder of the tests stays as it is
recraft=$1
scratch=$2
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
scratch=$PWD
failed=0

# check WHAT COMMAND...: the command does well.
check() {
    local what=$1
    shift
    if "$@" >"$scratch.out" 2>&1; then echo "ok   $what"; else
        echo "FAIL $what: $(tail -n 5 "$scratch.out")"
        failed=1
    fi
}

# soon WHAT COMMAND...: the command does well within ten seconds; for what a process in the background is about to do.
soon() {
    for _ in $(seq 200); do
        "${@:2}" >/dev/null 2>&1 && break
        sleep 0.05
    done
    check "$@"
}

# refused WORDS COMMAND...: exit code 2 (or exit_code), one line that contains the words, nothing printed, nothing
# written.
refused() {
    local words=$1 code want=${exit_code:-2}
    shift
    ls -R . >"$scratch.before"
    "$@" >"$scratch.out" 2>"$scratch.err" </dev/null
    code=$?
    ls -R . >"$scratch.after"
    if [ $code -eq "$want" ] && [ "$(wc -l <"$scratch.err")" -eq 1 ] && grep -qF -- "$words" "$scratch.err" &&
        [ ! -s "$scratch.out" ] && cmp -s "$scratch.before" "$scratch.after"; then
        echo "ok   $words"
    else
        echo "FAIL wanted \"$words\", exit $want, nothing written; got exit $code: $(cat "$scratch.err")"
        failed=1
    fi
}

# cut_at LINES RUN COMMAND...: runs the program itself (a function would keep the signal) and interrupts it as soon as
# the run's metrics have so many lines. Says whether it was cut: exit code 130. With signal=KILL before it the run is
# killed: 137. On a loaded machine the signal comes late: where a cut is a must, let the run have a second of work.
cut_at() {
    local lines=$1 run=$2 job
    shift 2
    "$@" >/dev/null 2>&1 &
    job=$!
    for _ in $(seq 4000); do
        [ "$(wc -l 2>/dev/null <"$run/metrics.jsonl" || echo 0)" -ge "$lines" ] && break
        kill -0 $job 2>/dev/null || break
        sleep 0.002
    done
    kill "-${signal:-INT}" $job 2>/dev/null
    wait $job
    [[ $? == 13[07] ]] || { echo "NOT TESTED: $run had ended before it could be cut" && return 1; }
}

# peak_of COMMAND...: runs the program itself; `peak` becomes the kB of addresses that it had at most.
peak_of() {
    local job now
    "$@" >/dev/null &
    job=$!
    peak=0
    while now=$(sed -n 's/^VmPeak:[^0-9]*\([0-9]*\).*/\1/p' /proc/$job/status 2>/dev/null) && [ "$now" ]; do
        peak=$now
        sleep 0.002
    done
    wait $job && [ $peak -gt 0 ]
}

# For tests of one method's runs: the method, unless it is named among the words.
usual_method() { [[ " $* " == *" --method "* ]] || echo --method recraft; }
