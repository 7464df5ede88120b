#!/usr/bin/env bash
# The unit files: what they expose, that systemd takes them, and that the program knows its options.
# units.sh SOURCE_DIRECTORY QUANTUM
set -euo pipefail
units=$1/packaging/systemd
quantum=$2
fail() { printf '%s\n' "$*" >&2; exit 1; }
command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Ten times the exposure, at most.
declare -A most=([quantum.service]=15 [quantum-root.service]=40)
for unit in "${!most[@]}"; do
    systemd-analyze security --no-pager --offline=yes --threshold="${most[$unit]}" \
        "$units/system/$unit" >"$scratch/answer" 2>&1 ||
        fail "$unit exposes more than ${most[$unit]} tenths:"$'\n'"$(cat "$scratch/answer")"
    grep -q 'Overall exposure level' "$scratch/answer" || fail "$unit was not judged: $(cat "$scratch/answer")"
done
# The tool does tell a unit that exposes more.
printf '[Service]\nExecStart=/bin/true\n' >"$scratch/open.service"
! systemd-analyze security --no-pager --offline=yes --threshold=40 "$scratch/open.service" \
    >/dev/null 2>&1 || fail "the threshold has no effect"

# With a program that exists, since it is not installed here, and alone and with their drop-ins.
verify() { # --system or --user, file
    local answer
    sed -i "s|/usr/bin/quantum|$quantum|" "$2"
    answer=$(XDG_RUNTIME_DIR=$scratch systemd-analyze verify --man=no "$1" "$2" 2>&1) &&
        [[ -z $answer ]] || fail "${2##*/}: $answer"
}
mkdir -p "$scratch"/{system,user}
cp "$units"/system/*.service "$scratch/system"
cp "$units"/user/*.service "$scratch/user"
verify --system "$scratch/system/quantum.service"
verify --system "$scratch/system/quantum-root.service"
verify --user "$scratch/user/quantum.service"
for pair in quantum:more-for-jobs quantum-root:like-cron; do
    unit=${pair%:*}.service
    mkdir -p "$scratch/system/$unit.d"
    cp "$units/examples/${pair#*:}.conf" "$scratch/system/$unit.d/"
    sed -i "s|/usr/bin/quantum|$quantum|" "$scratch/system/$unit.d/"*.conf
    verify --system "$scratch/system/$unit"
done

"$quantum" run --help >"$scratch/help"
while read -r option; do
    grep -q -e "$option" "$scratch/help" || fail "quantum run has no option $option"
done < <(grep -rhE '^ExecStart=.' "$units" | grep -oE -- '--[a-z-]+' | sort -u)
