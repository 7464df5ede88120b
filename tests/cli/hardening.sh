#!/usr/bin/env bash
# Item 33 of the security checklist: the program is built the way it should be. hardening.sh PROGRAM
set -euo pipefail
program=$1
fail() { printf '%s: %s\n' "$program" "$*" >&2; exit 1; }

readelf -hW "$program" | grep >/dev/null 'Type: *DYN' || fail "is not position independent"
readelf -lW "$program" | grep >/dev/null 'GNU_RELRO' || fail "its relocations stay writable"
readelf -dW "$program" | grep >/dev/null 'BIND_NOW' || fail "binds late, so that its tables stay writable"
readelf -lW "$program" | grep 'GNU_STACK' | grep >/dev/null ' RW ' || fail "its stack can be executed"
readelf -W --dyn-syms "$program" | grep >/dev/null '__stack_chk_fail' || fail "has no stack protector"
