# Sourced by the scripts that run many checks and end with one count. A step that counts its own cases ends with a line
# `N passed, N failed`, and that line is taken; a step that does not is one case.
# shellcheck shell=bash
step_notes=$(mktemp)
step_output=$(mktemp)
step_times=$(mktemp)
trap 'rm -f "$step_notes" "$step_output" "$step_times"' EXIT

# Leaves in processor_seconds what this shell's children have had, which does not grow with what else the machine does.
# `times` has to run in this shell, since a subshell has children of its own.
count_processor_seconds() {
    times >"$step_times"
    processor_seconds=$(awk 'NR == 2 { split($1, user, /[ms]/); split($2, kernel, /[ms]/)
        printf "%.0f", 60 * (user[1] + kernel[1]) + user[2] + kernel[2] }' "$step_times")
}

step() {
    local name=$1 started=$SECONDS before status passed failed
    count_processor_seconds
    before=$processor_seconds
    shift
    printf '\n== %s\n' "$name"
    "$@" 2>&1 | tee "$step_output"
    status=${PIPESTATUS[0]}
    read -r passed failed < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$step_output" | tail -n 1 | grep . ||
        echo "$((status == 0)) 0")
    # A command that ends badly has failed, whatever it counted; one that counted nothing has shown nothing.
    if { [ "$status" -ne 0 ] || [ "$passed" -eq 0 ]; } && [ "$failed" -eq 0 ]; then failed=1; fi
    printf '%s passed, %s failed\n' "$passed" "$failed" >>"$step_notes"
    count_processor_seconds
    printf -- '-- %s: %s passed, %s failed, %s s, %s s of processors\n' "$name" "$passed" "$failed" \
        "$((SECONDS - started))" "$((processor_seconds - before))" | tee -a "$step_notes"
}

# Runs a check that ends with a count in words of its own (`423 files, 0 invalid`), and says the same in ours.
counted() {
    local status=0 words
    words=$("$@" 2>&1) || status=$?
    printf '%s\n' "$words" | tail -n 40
    printf '%s\n' "$words" | awk '/^[0-9]+ / {
        wrong = 0
        for (i = 3; i < NF; ++i) if ($(i + 1) ~ /^(invalid|wrong|stale|extra|mismatches)/) wrong += $i
        failed += wrong
        passed += $1 > wrong ? $1 - wrong : 0
    }
    END { printf "%d passed, %d failed\n", passed, failed }'
    return "$status"
}

# The table of steps, then the sum alone on the last line; its status is the verdict.
finish() {
    printf '\n'
    grep '^-- ' "$step_notes"
    scripts/tally <"$step_notes"
}
