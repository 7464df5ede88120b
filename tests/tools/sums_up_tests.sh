#!/usr/bin/env bash
# The line that ./dev test ends with counts what ctest reports, and gives each reason for a skip.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/small_tree.sh"

# says LINE <<<REPORT
says() {
    local line
    cat >"$scratch/report"
    line=$("$source/tools/test_summary.sh" "$scratch/report")
    [[ $line == "$1" ]] || fail "it says: $line"
}

# As ctest writes them: with tabs.
says 'tests: 1 passed, 1 failed, 4 skipped (2: not <root> & "so"; 1: no files; 1: SKIP_RETURN_CODE=77)' <<'END'
<testsuite name="x">
	<testcase name="a" classname="a" time="0" status="run">
		<system-out>x.cpp:3: Skipped
	said, but passed
</system-out>
	</testcase>
	<testcase name="b" classname="b" time="0" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>[ RUN      ] b
/t.cpp:3: Skipped
not &lt;root&gt; &amp; "so"
/t.cpp:9: Skipped
another reason
</system-out>
	</testcase>
	<testcase name="c" classname="c" time="0" status="notrun">
		<skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
		<system-out>/t.cpp:3: Skipped
not &lt;root&gt; &amp; "so"
</system-out>
	</testcase>
	<testcase name="d" classname="d" time="0" status="fail">
		<failure message=""/>
		<system-out>bad</system-out>
	</testcase>
	<testcase name="e" classname="e" time="0" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
		<system-out>skipped: no files
</system-out>
	</testcase>
	<testcase name="f" classname="f" time="0" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
		<system-out></system-out>
	</testcase>
</testsuite>
END
says 'tests: 0 passed, 0 failed, 0 skipped' <<<'<testsuite name="x"></testsuite>'
