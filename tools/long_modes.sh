#!/usr/bin/env bash
# The long modes of CONTRIBUTING.md in a short form: three to ten times what ./dev test does.
# Needs build/test, and build/tsan for the stress of threads.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0

# mode VARIABLE=VALUE PROGRAM [FILTER]
mode() {
    local code=0 begun=$SECONDS
    [[ -x build/$2 ]] || { echo "build/$2 is not built" >&2; exit 1; }
    "build/$2" --gtest_list_tests --gtest_filter="${3:-*}" | grep -q '^  ' || { echo "no test is $3" >&2; exit 1; }
    env "$1" "build/$2" --gtest_brief=1 --gtest_filter="${3:-*}" || code=$?
    printf 'long: %s build/%s %s: exit code %d, %d s\n' "$1" "$2" "${3:-}" "$code" $((SECONDS - begun))
    ((code == 0)) || failed=1
}

mode QUANTUM_PROPERTY_CASES=50000 test/bin/test_cron
mode QUANTUM_PROPERTY_CASES=50000 test/bin/test_schedule
mode QUANTUM_STRESS_ROUNDS=50 tsan/bin/test_scheduler '*SchedulerStress.*'
mode QUANTUM_STAGE_SEEDS=5000 test/bin/test_stage 'RandomGraphTest.*'
mode QUANTUM_SEEDS=1500 test/bin/test_simulation '*BusyDays*:SimulationTest.*'
mode QUANTUM_SQLITE_SEEDS=30 test/bin/test_sqlite_seeds
mode QUANTUM_VERIFY_HISTORIES=2000 test/bin/test_verify 'CleanHistoryTest.*'
mode QUANTUM_VERIFY_PLANTS=60 test/bin/test_verify '*PlantedFaultTest*'
mode QUANTUM_LONG=1 test/bin/test_cli 'VerifyLiveTest.*'
echo "skipped: QUANTUM_LONG=1 of SoakTest, test_storage_sqlite and test_daemon, which take hours: by hand"
exit "$failed"
