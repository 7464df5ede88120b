#!/usr/bin/env bash
# One line on a run of ctest: how many tests passed, failed and were skipped, and why these were.
# test_summary.sh JUNIT_FILE, as `ctest --output-junit` writes it
set -euo pipefail
awk '
    # What the file escapes, the ampersand last.
    function plain(text) {
        gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text)
        gsub(/&apos;/, "\047", text); gsub(/&amp;/, "\\&", text)
        return text
    }
    /^\t<testcase / {
        skipped = 0; reason = ""; announced = 0
        if (/ status="run"/) ++passed
        else if (/ status="fail"/) ++failed
    }
    /^\t\t<skipped / { skipped = 1; fallback = $0; sub(/.*message="/, "", fallback); sub(/".*/, "", fallback) }
    # GoogleTest says where, and on the next line why; a script says "skipped: why".
    skipped && announced && reason == "" { reason = plain($0) }
    { announced = /: Skipped$/ }
    skipped && reason == "" && /(^|>)skipped: / { reason = $0; sub(/.*skipped: /, "", reason); reason = plain(reason) }
    /^\t<\/testcase>/ && skipped {
        if (reason == "") reason = fallback
        if (!(reason in count)) order[++reasons] = reason
        ++count[reason]; ++total
    }
    END {
        line = sprintf("tests: %d passed, %d failed, %d skipped", passed, failed, total)
        for (i = 1; i <= reasons; ++i)
            line = line (i == 1 ? " (" : "; ") count[order[i]] ": " order[i]
        print line (reasons > 0 ? ")" : "")
    }' "$1"
