#!/usr/bin/env bash
# The program shortens how long its idle threads spin, unless the user has chosen. $1: the program.
set -u
recraft=$1
unset OMP_WAIT_POLICY GOMP_SPINCOUNT KMP_BLOCKTIME
ldd "$recraft" | grep -q libgomp || exit 0 # another runtime, which tells its settings in other words
spins() {
    OMP_DISPLAY_ENV=verbose "$@" --version 2>&1 | grep -oP "GOMP_SPINCOUNT = '\K\d+" | tail -1
}
failed=0
is() { # is WHAT GOT WANTED
    [ "$2" = "$3" ] && echo "ok   $1" || { echo "FAIL $1: $2, wanted $3" && failed=1; }
}
is "a short spin by default" "$(spins "$recraft")" 1000
is "the user's own count stays" "$(spins env GOMP_SPINCOUNT=77 "$recraft")" 77
is "the user's own policy stays" "$(spins env OMP_WAIT_POLICY=passive "$recraft")" 0
exit $failed
