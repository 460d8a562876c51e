#!/usr/bin/env bash
# A command on N ranks, each behind a link of its own of so many bits a second: bench/linked_ranks.sh N RATE COMMAND...
#   bench/linked_ranks.sh 2 1gbit build/release/src/recraft bench --model swin-mini --batch 16 --json
# One network namespace for each rank, joined by a bridge; the links are shaped in both directions (tc tbf). Needs root,
# iproute2 and MPICH, whose launcher reaches ranks in other namespaces.
set -euo pipefail
n=$1 rate=$2
shift 2
name=recraft-$$
remove() {
    for i in $(seq "$n"); do ip netns del "$name-$i" 2>/dev/null || true; done
    ip link del "rb$$" 2>/dev/null || true
}
trap remove EXIT
ip link add "rb$$" type bridge
ip link set "rb$$" up
shape() { tc "${@:2}" qdisc add dev "$1" root tbf rate "$rate" burst 1mb latency 50ms; }
ranks=()
for i in $(seq "$n"); do
    ip netns add "$name-$i"
    ip link add "rl$$-$i" type veth peer name eth0 netns "$name-$i"
    ip link set "rl$$-$i" master "rb$$" up
    ip -n "$name-$i" addr add "10.77.0.$i/24" dev eth0
    ip -n "$name-$i" link set eth0 up
    ip -n "$name-$i" link set lo up
    shape "rl$$-$i"
    shape eth0 -n "$name-$i"
    [ "$i" -eq 1 ] || ranks+=(:)
    ranks+=(-n 1 ip netns exec "$name-$i" "$@")
done
# Ranks on one machine would go by its memory.
RECRAFT_WINDOW=none MPIR_CVAR_NOLOCAL=1 UCX_TLS=tcp,self UCX_NET_DEVICES=eth0 mpirun.mpich "${ranks[@]}"
