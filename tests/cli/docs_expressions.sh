#!/usr/bin/env bash
# Every example of the dialect table of docs/reference/schedules.md has a next due time.
# docs_expressions.sh QUANTUM PAGE
set -euo pipefail
quantum=$1
page=$2
examples=0
while IFS='|' read -r _ dialect _ _ _ cells _; do
    dialect=$(tr -d '` ' <<<"$dialect")
    while read -r expression; do
        "$quantum" next "$expression" --dialect "$dialect" --name job --count 1 \
            --from 2026-11-22T00:00:00Z | grep -q '^[A-Z][a-z][a-z] 20' ||
            { echo "$dialect: '$expression' has no next due time"; exit 1; }
        examples=$((examples + 1))
    done < <(grep -oE '`[^`]+`' <<<"$cells" | tr -d '`')
done < <(sed -n '/^## Dialects/,/^## Fields/p' "$page" | grep '^| `')
echo "$examples examples"
((examples >= 10))
