# shellcheck shell=bash
# script/server beside a script, which sets PORT and STATE_DIR for it.

servers=()

# own_folder NAME: sets folder to one that others can enter. It is gone when the script ends, and so are the servers.
own_folder() {
    folder=$(mktemp --directory "${SCRATCH:-/tmp}/$1.XXXXXX") # Not in TMPDIR: a socket's path ends at 107 bytes.
    chmod 0711 "$folder"                                      # as root, PostgreSQL's own user must get through
    trap clean_up EXIT
    trap 'exit 1' INT TERM HUP
}

clean_up() {
    trap '' INT TERM HUP
    stop_servers
    rm -rf "$folder"
}

# start_server LOG: returns when it is ready.
start_server() {
    script/server >"$1" 2>&1 &
    local server=$! deadline=$((SECONDS + 60))
    servers=("$server" "${servers[@]}")
    until grep --quiet '^identityd ready' "$1"; do
        if ! kill -0 "$server" 2>/dev/null || ((SECONDS > deadline)); then
            cat "$1" >&2
            exit 1
        fi
        sleep 0.2
    done
}

# The one that was started last comes first: it may use what the others serve.
stop_servers() {
    local server
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null || true
        wait "$server" || true
    done
    servers=()
}
