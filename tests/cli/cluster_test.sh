#!/usr/bin/env bash
# The batch files of docs/cluster.md, as they stand there, under stand-ins for sbatch, srun and scontrol. $1: the
# program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
unset OMP_NUM_THREADS
export OMP_WAIT_POLICY=passive
mkdir bin
ln -s "$(realpath "$recraft")" bin/recraft
PATH=$PWD/bin:$PATH
"$recraft" data make darcy --out good --n-train 8 --n-test 2 --resolution 5 --quiet >/dev/null

awk -f "$here/batch_files.awk" "$here/../../docs/cluster.md"
check "four batch files" test -s fit.sbatch -a -s ranks.sbatch -a -s share.sbatch -a -s workers.sbatch

# sbatch FILE WORDS: its jobs, one after another. One is sent the signal that its file asks for once $cut_when is there,
# to the shell alone (B:). One that asks for it begins again.
cat >bin/sbatch <<'END'
#!/usr/bin/env bash
file=$1
option() { sed -n "s/^#SBATCH --$1=//p" "$file"; }
export SLURM_CPUS_PER_TASK=1 SLURM_NTASKS SLURM_JOB_ID SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT
SLURM_NTASKS=$(option ntasks)
jobs=$(option array)
SLURM_ARRAY_TASK_COUNT=${jobs#1-}
[ "$(option signal)" = B:USR1@120 ] || exit 9
for SLURM_ARRAY_TASK_ID in $(seq "${SLURM_ARRAY_TASK_COUNT:-1}"); do
    SLURM_JOB_ID=$((100 + SLURM_ARRAY_TASK_ID))
    touch requeued
    while [ -e requeued ]; do
        rm requeued
        echo "job $SLURM_JOB_ID" >>jobs
        bash "$@" &
        job=$!
        while [ -n "${cut_when:-}" ] && [ ! -s "$cut_when" ] && kill -0 $job 2>/dev/null; do sleep 0.02; done
        [ -z "${cut_when:-}" ] || kill -USR1 $job
        cut_when=
        wait $job
        code=$?
        [ $code -eq 0 ] || [ -e requeued ] || exit $code
    done
done
END
cat >bin/scontrol <<'END'
#!/usr/bin/env bash
[ "$1" = requeue ] && [ "$2" = "$SLURM_JOB_ID" ] && touch requeued
END
# Signals are handed on to all tasks; the highest code is the answer.
cat >bin/srun <<'END'
#!/usr/bin/env bash
[ "$1" = --kill-on-bad-exit=0 ] && [ "$SRUN_CPUS_PER_TASK" = 1 ] && shift || exit 9
for _ in $(seq "$SLURM_NTASKS"); do "$@" & tasks+=($!); done
trap 'kill -USR1 "${tasks[@]}" 2>/dev/null' USR1
for task in "${tasks[@]}"; do
    wait "$task"
    code=$?
    [ $code -ne 138 ] || { wait "$task"; code=$?; }
    [ $code -le "${worst:-0}" ] || worst=$code
done
exit "${worst:-0}"
END
chmod +x bin/*

small=(fit.epochs=250 fit.batch=6 fit.warmup=0)
sed -i "s/--resume=auto/& $(printf -- '--set %s ' "${small[@]}")/" fit.sbatch
check "a run is cut, queued again, and ends" env cut_when=long/checkpoint/state.safetensors sbatch fit.sbatch good long
check "in two jobs" test "$(wc -l <jobs)" -eq 2
check "as one run" test "$(wc -l <long/metrics.jsonl)" -eq 250 -a -s long/result.json -a ! -e long/run.lock
check "with the cores of its job" grep -q '"threads": 1,' long/run.json
check "which is told" grep -Eq '"threads_by": "(SLURM_CPUS_PER_TASK|processors|the CPU quota.*)"' long/run.json
check "one job too many does no harm" sbatch fit.sbatch good long

# Two ranks of each MPI that is installed: the signal that the shell is sent reaches one of them.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
sed -i "s/--resume=auto/& $(printf -- '--set %s ' "${small[@]}" fit.epochs=120)/" ranks.sbatch
for mpi in openmpi mpich; do
    [ -e "$(dirname "$(realpath "$recraft")")/recraft-$mpi.so" ] && command -v mpirun.$mpi >/dev/null || continue
    more=$([ $mpi = openmpi ] && echo --oversubscribe)
    printf '#!/bin/sh\nexec mpirun.%s %s -n 2 "$@"\n' $mpi "$more" >bin/mpirun
    chmod +x bin/mpirun
    rm jobs
    check "ranks of $mpi are cut, queued again, and end" timeout 200 env \
        cut_when=ranks-$mpi/checkpoint/state.safetensors sbatch ranks.sbatch good ranks-$mpi
    check "in two jobs" test "$(wc -l <jobs)" -eq 2
    check "as one run" test "$(wc -l <ranks-$mpi/metrics.jsonl)" -eq 120 -a -s ranks-$mpi/result.json \
        -a ! -e ranks-$mpi/run.lock
done

cat >experiment.yaml <<'END'
methods: majority, ridge
seeds: 2
data: {good: {path: good}}
END
check "a job array" sbatch share.sbatch experiment.yaml shares
check "does all runs" grep -q "4 runs, 4 finished, 0 failed" shares/results.md
sed -i 's/--ntasks=8/--ntasks=3/' workers.sbatch
check "workers, all cut once" env cut_when=workers/good/majority/seed-0/result.json sbatch workers.sbatch \
    experiment.yaml workers
check "do all runs" grep -q "4 runs, 4 finished, 0 failed" workers/results.md
check "and leave no lock" test -z "$(find workers shares -name '*.lock*')"
exit $failed
