# For tests of one training on several ranks, which source it after checks.sh: how ranks begin, and what has become of
# them.
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset RECRAFT_MPI RECRAFT_WINDOW
# The MPIs that are installed, as far as the program was built for them.
mpis=()
for mpi in openmpi mpich; do
    [ -e "$(dirname "$recraft")/recraft-$mpi.so" ] && command -v mpirun.$mpi >/dev/null && mpis+=($mpi)
done
[ ${#mpis[@]} -gt 0 ] || { echo "NOT TESTED on ranks: no MPI is installed, or none that the program was built for" && exit 0; }
# on N COMMAND...: as so many ranks; of what is said in the end, the program's own lines.
on() {
    local n=$1 more=()
    shift
    [ $mpi = openmpi ] && more=(--oversubscribe)
    # It kills all ranks as soon as one is gone, and often before rank 0 has said so.
    [ $mpi = mpich ] && more=(-disable-auto-cleanup)
    { timeout 300 mpirun.$mpi "${more[@]}" -n "$n" "$@" 2>&1 >&3 | grep "^recraft:" >&2; } 3>&1
    return ${PIPESTATUS[0]}
}
same_run() { # same_run A B: model and epochs, but for their seconds
    cmp "$1/model.safetensors" "$2/model.safetensors" && cmp <(sed 's/"seconds".*//' "$1/metrics.jsonl") \
        <(sed 's/"seconds".*//' "$2/metrics.jsonl")
}
# told WORDS COMMAND...: it fails, and one line of ours has the words: rank 0 alone has spoken. (Launchers end the ranks
# that are left, and their own exit code may be of these; what they say of it goes to standard output or error.)
told() {
    "${@:2}" >out 2>err
    local code=$?
    check "$1" test $code -ne 0 -a "$(wc -l <err)" -eq 1
    grep -qF -- "$1" err || { echo "FAIL wanted \"$1\", got $(cat err)" && failed=1; }
}
# pids RUN: of the program itself, by what it is to write.
pids() {
    for process in /proc/[0-9]*; do
        [ "$(readlink $process/exe)" = "$(realpath "$recraft")" ] || continue
        tr '\0' ' ' 2>/dev/null <$process/cmdline | grep -q -- "--out\(put\)\? $1 " && echo "${process#/proc/}"
    done
}
gone() { test -z "$(pids "$1")"; }
once() { test "$(grep -c -- "$1" err)" -eq 1; }
