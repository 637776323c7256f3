# shellcheck shell=bash
# How script/test and script/test-postgres run the tests in Swift, and count them.

# What a process wrote that is killed is there all the same. fsync is for a machine that fails, and no test fails one;
# but a disk that is slow at it would be in all that tests measure. To compile queries takes longer than they do.
export POSTGRES_SETTINGS=$'fsync = off\njit = off'
# Clusters come and go by the dozen, and ext4 passes over each file that was deleted in the last minutes where it makes
# another (recently_deleted in fs/ext4/ialloc.c). So in memory, where there are 4 GB and programs may run.
if ! findmnt --noheadings --output OPTIONS /dev/shm | grep --quiet noexec &&
    (($(df --output=avail /dev/shm | tail -n 1) > 4000000)); then
    export SCRATCH=/dev/shm
fi
results=$(mktemp -d)
set -m # each run is a group of its own, and ends as one
trap 'jobs -p | xargs --no-run-if-empty -I % kill -- -%; rm -rf "$results"' EXIT
failed=()
folder=(--scratch-path .build-tests)
# What looks at the clock has the machine for itself.
clock='Tests\.(DatabaseAway|Deadline|EventLoop|HangingDatabase|IdleConnections|Instance|Listener|LockedCustomer|LogWriter'
clock+='|NameLookup|Pooler|RawFastCGI|Session|SlowReader|WaitingLine)'
lend=(script/with-postgres)

step() { printf '\n== %4d s  %s\n' "$SECONDS" "$*"; }

# Each line that a run prints begins with its name.
named() { sed --unbuffered "s/^/$1: /"; }

tests_build() { swift build "${folder[@]}" --build-tests |& named tests_build; }

# test_run NAME OPTIONS …: in a PostgreSQL cluster of its own.
test_run() {
    "${lend[@]}" swift test "${folder[@]}" --disable-xctest --skip-build --ignore-lock \
        --xunit-output "$results/$1.xml" "${@:2}" |& named "$1" | tee "$results/$1.log"
}

# at_once NAME …: the functions of these names, at the same time.
at_once() {
    local name
    local -A run=()
    step "$*"
    for name; do
        "$name" &
        run[$name]=$!
    done
    for name; do wait "${run[$name]}" || failed+=("$name"); done
}

# The totals come from what the runner wrote, so that a run without tests can't pass. False, if anything failed.
totals() {
    local tests failures empty
    tests=$(cat "$results"/*.xml | grep -o '<testcase' | wc -l || true)
    failures=$(cat "$results"/*.xml | grep -o '<failure' | wc -l || true)
    mapfile -t empty < <(cd "$results" && grep --files-without-match '<testcase' ./*.xml)
    failed+=("${empty[@]/#/no tests in }")
    step "done"
    # Once more, since the end of what is printed is what is read.
    (grep --no-filename --after-context 2 '✘ Test .*recorded an issue' "$results"/*.log || true) | cut -c -600
    [ ${#failed[@]} -eq 0 ] || printf 'FAILED: %s\n' "${failed[@]}"
    echo "$((tests - failures)) passed, $failures failed"
    [ ${#failed[@]} -eq 0 ]
}
