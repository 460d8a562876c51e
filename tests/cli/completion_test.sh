#!/usr/bin/env bash
# What `recraft completion` writes is read by the shells, and bash completes commands, options and values by it. $1: the
# program,
# $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
compopt() { :; } # no completion is going on that it could change

# completed WORDS...: what the last of these words may become
completed() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _recraft
    echo "${COMPREPLY[*]}"
}

# becomes WANTED WORDS...
becomes() { [ "$(completed "${@:2}")" = "$1" ]; }

# offers WORD WORDS...: among others
offers() { [[ " $(completed "${@:2}") " == *" $1 "* ]]; }

all_options_of_fit() {
    for option in $("$recraft" fit --help all | grep -o '^  --[a-z-]*'); do offers "$option" recraft fit -- ||
        return 1; done
}

eval "$("$recraft" completion bash)"
check "commands" offers compare recraft ""
check "commands of two words, once" becomes data recraft da
check "second words" becomes transform recraft data tr
check "options" becomes --method recraft fit --met
check "all options" all_options_of_fit
check "methods" becomes recraft recraft fit --data d --method recr
check "settings" becomes fit.lora_rank= recraft fit --set fit.lora_r
check "generators" becomes burgers recraft data make bur
check "choices" becomes "one-hot ordinal" recraft data import x.csv --encode o
check "files are left to the shell" becomes "" recraft fit --data ""
command -v zsh >/dev/null && check "zsh" zsh -n <("$recraft" completion zsh)
command -v fish >/dev/null && check "fish" fish -n <("$recraft" completion fish)
refused "the shells are bash, zsh and fish" "$recraft" completion tcsh
exit $failed
