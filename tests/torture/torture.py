#!/usr/bin/env python3
"""Failures of the machine, one at a time, at every place where it can fail: torture.py PROGRAM PRELOAD SCRATCH
[WHAT...]

WHAT: `long` (all commands, all places; else a few of each of the first commands, in about a minute), a number (at most
so many places of each kind), and any of `kills`, `files`, `memory`, and names of commands, to do only those. A line for
each failure, a summary for each command; exit code 1 if anything failed.

kills   the process is killed before a system call on its files (strace). What goes on afterwards must end with what an
        undisturbed run gives.
files   a system call fails as on a full or broken disk, or for want of descriptors (strace). The program ends with exit
        code 1 and one line that names the file, leaves nothing half-written and all that was there before; or the call
        did not matter, and all is as in an undisturbed run. What goes on afterwards as above.
memory  an allocation fails, once or from then on, in the program or in a library (PRELOAD); or all live ones may have
        so many bytes together. As above, without the name of a file. Libraries that do not survive a single failed
        allocation (FRAGILE) are tried by the limit alone: the program asks for their memory before it calls them.
"""
import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

from commands import COMMANDS, SHORT, make_world

FRAGILE = ("libdnnl", "libhdf5", "libmatio", "libsndfile", "libgomp", "ld-linux")
WEAK = ("libjansson", "libmetis", "libcholmod")  # survive one that fails, but not several
ERRORS = {
    "openat": ("EMFILE", "EIO"), "write": ("ENOSPC", "EIO"), "fsync": ("EIO", "ENOSPC"), "rename": ("ENOSPC", "EIO"),
    "mkdir": ("ENOSPC",), "ftruncate": ("EIO",), "truncate": ("EIO",), "close": ("EIO",), "read": ("EIO",),
    "pread64": ("EIO",), "getdents64": ("EIO",), "symlink": ("ENOSPC",), "unlink": ("EIO",),
}
DEADLY = [call for call in ERRORS if call not in ("read", "pread64", "close")]
LIMITS = 48 << 20
TEMPORARY = re.compile(r"\.(tmp|partial)-[^/]*|\.part(?=/|$)")

program, preload, scratch = (os.path.abspath(p) for p in sys.argv[1:4])
wanted = sys.argv[4:]
long = "long" in wanted
most = next((int(w) for w in wanted if w.isdigit()), 10 ** 9 if long else 5)
environment = {k: v for k, v in os.environ.items() if not k.startswith(("LD_", "ALLOCATION_"))}
environment.update(RECRAFT_HOME="home", OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")


# ---- running ----

def run(place, words, before=(), **more):
    return subprocess.run([*before, program, *words], cwd=place, env={**environment, **more}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=300)


def fresh(name):
    place = os.path.join(scratch, name)
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(os.path.join(scratch, "world"), place, symlinks=True)
    return place


def contents(place):
    found = {}
    for folder, _, names in os.walk(place):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                found[os.path.relpath(path, place)] = os.readlink(path).encode()
            else:
                with open(path, "rb") as f:
                    found[os.path.relpath(path, place)] = f.read()
    return found


def is_of(path, makes):
    return any(path == m or path.startswith(m + "/") for m in makes)


class Expected:
    """What is there before a command and after it. Files that differ from run to run (they hold times) are only
    there."""

    def __init__(self, command):
        self.command = command
        self.before = contents(os.path.join(scratch, "world"))
        seen = []
        for i in range(2):
            place = fresh("expected")
            done = run(place, command.words)
            if done.returncode != 0:
                sys.exit("torture: %s: undisturbed, it ends with %d: %s" % (command.name, done.returncode, done.stderr))
            seen.append(contents(place))
        self.after = {path: seen[1][path] if seen[0].get(path) == seen[1][path] else None for path in seen[1]}

    def whole(self, path, data):
        wanted = self.after.get(path)
        if wanted is not None:
            return data == wanted
        return json.loads(data) is not None if path.endswith(".json") else len(data) > 0

    def finished(self, now):
        """What is amiss with a finished command's world, or None."""
        for path in self.after:
            if path not in now:
                return path + " is missing"
            if is_of(path, self.command.makes) and not self.whole(path, now[path]):
                return path + " is not what an undisturbed run gives"
        return None

    def broken_off(self, now, litter):
        """The same of one that was stopped: each file is as before, whole, or the beginning of a list of lines."""
        for path, data in now.items():
            temporary = TEMPORARY.search(path)
            if temporary and path not in self.before and not litter:
                return path + " is left behind"
            if temporary or data == self.before.get(path):
                continue
            if not is_of(path, self.command.makes):
                return path + " has changed"
            lines = path.endswith(".jsonl") and (not data or data.endswith(b"\n"))
            if not lines and path in self.after and not self.whole(path, data):
                return path + " is half-written"
        for path in self.before:
            if path not in now and path in self.after:
                return path + " is lost"
        return None


def goes_on(place, expected):
    command = expected.command
    if command.makes and not expected.finished(contents(place)):
        return None
    done = run(place, command.again)
    if done.returncode != 0:
        return "cannot be gone on from: exit %d, %s" % (done.returncode, done.stderr.strip())
    amiss = expected.finished(contents(place))
    return amiss and "gone on from: " + amiss


def judge(place, expected, done, name=None, litter=False):
    """A program that met a failure: code, words, files."""
    if done.returncode not in (0, 1):
        return "exit %d: %s" % (done.returncode, done.stderr.strip()[-200:])
    if done.returncode == 0:
        return expected.finished(contents(place))
    lines = done.stderr.splitlines()
    if len(lines) != 1 or not lines[0].startswith("recraft: "):
        return "%d lines: %s" % (len(lines), done.stderr.strip()[:300])
    if name and name not in lines[0]:
        return "the line does not name %s: %s" % (name, lines[0])
    return expected.broken_off(contents(place), litter)


# ---- system calls ----

Call = collections.namedtuple("Call", "name nth file")
BY_PATH = ("openat", "rename", "mkdir", "truncate", "symlink", "unlink")


def file_of(name, arguments, place):
    """The file of a line of strace's, or None: none of the world's, and not the standard output."""
    quoted = re.findall(r'"([^"]*)"', arguments) if name in BY_PATH else []
    opened = re.match(r"(\d+)<(.*?)>", arguments)
    if opened and opened.group(1) == "1":
        return "standard output"
    path = quoted[-1] if quoted else opened.group(2) if opened else ""
    inside = path.startswith(place) or (quoted and not path.startswith("/"))
    return path if inside and not (opened and opened.group(1) == "2") else None


def calls_of(command, names):
    """The command's calls on files of its own, in order; nth is what strace's `when` wants."""
    place, log = fresh("traced"), os.path.join(scratch, "trace")
    run(place, command.words, ["strace", "-y", "-s", "300", "-o", log, "-e", "trace=" + ",".join(names)])
    count, calls = collections.Counter(), []
    with open(log, errors="replace") as lines:
        for name, arguments in re.findall(r"^(\w+)\((.*)", lines.read(), re.M):
            count[name] += 1
            path = file_of(name, arguments, place)
            if path:
                calls.append(Call(name, count[name], path))
    return calls


def plain_name(path):
    """How a message may call it: without what a file is called on its way."""
    return TEMPORARY.sub("", path.replace(" (deleted)", "").rstrip("/").split("/")[-1])


def injected(place, command, call, what):
    """How the command ended, and the file it was struck at: how often a fit saves depends on its pace."""
    log = place + ".trace"
    done = run(place, command.words, ["strace", "-y", "-s", "300", "-o", log, "-e", "trace=" + call.name, "-e",
                                      "inject=%s:%s:when=%d" % (call.name, what, call.nth)])
    with open(log, errors="replace") as lines:
        struck = re.findall(r"^\w+\((.*)\(INJECTED\)", lines.read(), re.M)
    return done, file_of(call.name, struck[0], place) if struck else None


def kill_at(expected, call, worker):
    place = fresh("kill-%d" % worker)
    injected(place, expected.command, call, "signal=KILL")
    return expected.broken_off(contents(place), True) or goes_on(place, expected)


def fail_at(expected, call, error, worker):
    place = fresh("file-%d" % worker)
    done, struck = injected(place, expected.command, call, "error=" + error)
    return judge(place, expected, done, struck and plain_name(struck)) or goes_on(place, expected)


# ---- memory ----

def fragile(line):
    return next((name for name in FRAGILE if name in line), None)


def allocations_of(command):
    """The first of each place in the code that allocates: number and line. Also how many a fragile library has."""
    log = os.path.join(scratch, "allocations")
    run(fresh("traced"), command.words, LD_PRELOAD=preload, ALLOCATION_LOG=log)
    places, spared = {}, collections.Counter()
    with open(log) as lines:
        for i, line in enumerate(lines):
            where = line.split(" ", 2)[2]
            if fragile(where):
                spared[fragile(where)] += 1
            else:
                places.setdefault(where, i + 1)
    weak = {k for where, k in places.items() if any(name in where for name in WEAK)}
    return sorted(places.values()), weak, spared


def starve(expected, settings, worker):
    place = fresh("memory-%d" % worker)
    done = run(place, expected.command.words, LD_PRELOAD=preload, **settings)
    # To remove a folder's files takes memory.
    return judge(place, expected, done, litter="ALLOCATION_STAYS" in settings)


# ---- all of it ----

def spread(places, most):
    """At most so many, evenly, the first and the last among them."""
    if len(places) <= most:
        return places
    return [places[i * (len(places) - 1) // (most - 1)] for i in range(most)]


def trials(command, expected):
    """(what, description, function of a worker's number)"""
    if "kills" in kinds:
        for call in spread(calls_of(command, DEADLY), most):
            if call.file != "standard output":
                yield "kills", "before %s %d, %s" % call, lambda w, c=call: kill_at(expected, c, w)
    if "files" in kinds:
        calls = [(call, error) for call in calls_of(command, ERRORS) for error in ERRORS[call.name][:2 if long else 1]]
        for call, error in spread(calls, most):
            yield "files", "%s at %s %d, %s" % (error, *call), lambda w, c=call, e=error: fail_at(expected, c, e, w)
    if "memory" in kinds:
        places, weak, spared = allocations_of(command)
        for name, count in spared.items():
            print("        %s: %d allocations of %s are tried by the limit alone" % (command.name, count, name))
        for k in spread(places, most):
            yield "memory", "allocation %d" % k, lambda w, k=k: starve(expected, {"ALLOCATION_FAILS": str(k)}, w)
        for k in spread([k for k in places if k not in weak], min(most // 3 + 1, 40)):
            yield "memory", "allocations from %d on" % k, lambda w, k=k: starve(
                expected, {"ALLOCATION_FAILS": str(k), "ALLOCATION_STAYS": "1"}, w)
        for i in spread(range(1, 161), min(most // 3 + 1, 160)):
            limit = LIMITS * i * i // (160 * 160)
            yield "memory", "%d bytes" % limit, lambda w, b=limit: starve(expected, {"ALLOCATION_LIMIT": str(b)}, w)


def torment(command, pool, workers):
    expected = Expected(command)
    tried, failed = collections.Counter(), collections.Counter()

    def one(trial):
        worker = workers.pop()
        try:
            return trial, trial[2](worker)
        except (ValueError, subprocess.TimeoutExpired) as e:
            return trial, str(e)
        finally:
            workers.append(worker)

    for (kind, what, _), amiss in pool.map(one, list(trials(command, expected))):
        tried[kind] += 1
        if amiss:
            failed[kind] += 1
            print("FAIL    %s, %s: %s: %s" % (command.name, kind, what, amiss))
    print("%s  %s: %s" % ("FAILED" if failed else "ok    ", command.name,
                          ", ".join("%s %d of %d" % (k, tried[k] - failed[k], tried[k]) for k in tried)), flush=True)
    return tried, failed


def can_trace():
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True)
    if done.returncode != 0:
        print("skip    kills, files: %s" % done.stderr.strip())
    return done.returncode == 0


kinds = [k for k in ("kills", "files", "memory") if k in wanted] or ["kills", "files", "memory"]
names = [w for w in wanted if w not in kinds and w != "long" and not w.isdigit()]
chosen = [c for c in COMMANDS if c.name in names] if names else COMMANDS if long else COMMANDS[:SHORT]
traced = can_trace()
if not traced:
    kinds = [k for k in kinds if k == "memory"]
    chosen = [c for c in chosen if c.name != "fit --resume"]
make_world(program, os.path.join(scratch, "world"), environment, traced)
tried, failed = collections.Counter(), collections.Counter()
count = os.cpu_count() or 1
with concurrent.futures.ThreadPoolExecutor(count) as pool:
    for command in chosen:
        one, other = torment(command, pool, list(range(count)))
        tried.update(one)
        failed.update(other)
print("%d places, %d failed (%s)" % (sum(tried.values()), sum(failed.values()),
                                     ", ".join("%s %d of %d" % (k, failed[k], tried[k]) for k in tried)))
sys.exit(1 if failed else 0)
