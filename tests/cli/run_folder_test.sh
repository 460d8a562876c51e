#!/usr/bin/env bash
# Whose a run folder is, and how a run comes to an end in it: begun, gone on with, or refused; locks; signals.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
state=checkpoint/state.safetensors
small=(--data data/table --method nft --source tiny.safetensors --set fit.batch=8 --set fit.warmup=0
    --set fit.train=head)
fit() { "$recraft" fit "${small[@]}" --set fit.epochs=3 "$@"; }
# begin RUN OPTION...: a long run in the background, which has the folder and catches signals. In a session of its own:
# a process group that has a stopped process may be hung up when another of its processes ends.
long=("${small[@]}" --set fit.epochs=100000)
begin() {
    setsid "$recraft" fit "${long[@]}" --out "$@" >/dev/null 2>"$1.err" &
    job=$!
    for _ in $(seq 2000); do
        grep -q "^process $job$" "$1/run.lock" 2>/dev/null && [ -s "$1/$state" ] && break
        sleep 0.005
    done
}

# --resume=auto begins, goes on, and is done; plain --resume wants a run.
refused "--resume=auto begins one" fit --out auto --resume
mkdir empty full && touch full/mine
refused "--resume=auto begins one" fit --out empty --resume
refused "choose another --out" fit --out full --resume=auto
check "auto begins" fit --out auto --resume=auto --quiet
check "and has done" test "$(wc -l <auto/metrics.jsonl)" -eq 3
made=$(stat -c %y.%i auto/model.safetensors)
for how in --resume --resume=auto; do
    fit --out auto $how --json >again.json
    check "$how: what is complete is told again" cmp again.json <(cat auto/result.json; echo)
done
check "and not made again" test "$made" = "$(stat -c %y.%i auto/model.safetensors)"
refused "other settings" fit --out auto --resume=auto --set fit.epochs=4 --quiet
# What a run leaves that is killed before it had a name is no run; somebody's own settings are not lost.
mkdir stub && cp auto/config.yaml stub && touch stub/run.json.tmp-1
check "a stub is begun" fit --out stub --quiet
rm -r stub && mkdir stub && cp auto/config.yaml stub
check "by --resume too" fit --out stub --quiet --resume
mkdir own && echo 'fit.epochs: 2' >own/config.yaml
refused "not empty" fit --out own
(ulimit -f 1 && fit --out no_room --quiet >no_room.out 2>no_room.err)
check "a file at its limit ends with 1" test $? -eq 1
check "and a line" test "$(wc -l <no_room.err)" -eq 1 -a -n "$(grep 'too large' no_room.err)"
check "and leaves no lock" test ! -e no_room/run.lock
check "and is begun again" fit --out no_room --quiet

# A process that works touches its lock, which is looked at last. It works elsewhere: "nothing is written" is told of
# this folder.
beats=$scratch.beats
rm -rf "$beats"
begin "$beats"
beating=$job
touch -d '1 hour ago' "$beats/run.lock"
# Nobody imports into a folder that another is preparing.
mkdir taken && cp "$beats/run.lock" taken
printf 'a,kind\n1,x\n2,y\n' >pets.csv
refused "another process is at work here (process $beating on " "$recraft" fit --data pets.csv --label kind \
    --out taken --quiet
check "where nothing has changed" test "$(ls taken)" = run.lock

# One process in a folder; what a killed one leaves is taken over.
begin busy
kill -STOP $job # a process that is stopped is still at work, and writes nothing meanwhile
refused "another process is at work here (process $job on " "$recraft" fit "${long[@]}" --out busy --resume --quiet
kill -KILL $job
wait $job 2>/dev/null
check "its lock is left" test -s busy/run.lock
touch busy/$state.tmp-1 && touch -d '2 hours ago' busy/model.safetensors.tmp-1
cp busy/run.lock left.lock
begin busy --resume
soon "it is taken over, which is said" grep -q 'ended without releasing it; this process takes over' busy.err
soon "old temporaries are gone" test ! -e busy/model.safetensors.tmp-1 -a -e busy/$state.tmp-1
sed -i "s/^process .*/process 1/; s/^since .*/since today/" busy/run.lock # as if another had taken it over
kill -INT $job
wait $job
check "who has lost its lock writes nothing more" grep -q 'nothing more is written' busy.err
sed "s/^host .*/host elsewhere/" left.lock >busy/run.lock
refused "on elsewhere, since " "$recraft" fit "${long[@]}" --out busy --resume --quiet
touch -d '3 minutes ago' busy/run.lock
begin busy --resume
kill -INT $job
wait $job
check "a lock from elsewhere that is not touched any more is taken over" test $? -eq 130 -a ! -e busy/run.lock

# Whose folder it was stays with the result, whether the run begins or goes on.
mkdir left && cp left.lock left/run.lock
check "begins in a folder that was left" fit --out left --quiet
behind=("$recraft" fit "${small[@]}" --set fit.epochs=200 --out left-behind --quiet)
check "cut" cut_at 2 left-behind "${behind[@]}"
cp left.lock left-behind/run.lock
check "goes on in a folder that was left" "${behind[@]}" --resume
for run in left left-behind; do
    check "and says from whom" grep -q "\"the folder was taken over from process [0-9]* on .*, which had ended" \
        $run/result.json
done
check "who has it for himself takes nothing over" eval '! grep -q "taken over" auto/result.json'

# A number of threads that is empty is none.
check "no number of threads" env OMP_NUM_THREADS= "$recraft" fit "${small[@]}" --set fit.epochs=1 --out threads --quiet
check "is none that was chosen" eval '! grep -q "\"threads_by\": \"OMP_NUM_THREADS\"" threads/run.json'

# Signals that ask for a checkpoint; once is enough, and what comes again and again does not hurry.
for signal in HUP USR1 USR2 XCPU; do
    begin $signal
    kill -$signal $job
    [ $signal = XCPU ] && kill -$signal $job
    wait $job
    check "$signal: a checkpoint, and 130" test $? -eq 130 -a -s $signal/$state -a ! -e $signal/run.lock
done
(
    trap '' HUP
    begin ignored
    kill -HUP $job
    sleep 0.1
    kill -0 $job && kill -INT $job
    wait $job
    [ $? -eq 130 ]
)
check "a hang-up that was to be ignored is" test $? -eq 0
(sleep 0.2 && "$recraft" fit --help 2>pipe.err) | true
check "a closed pipe ends with 1" test "${PIPESTATUS[0]}" -eq 1
check "and a line" grep -q 'standard output: cannot be written' pipe.err
touched() { [ -n "$(find "$beats/run.lock" -newermt '1 minute ago')" ]; }
soon "a lock is touched while its process works" touched
kill -INT $beating
wait $beating
exit $failed
