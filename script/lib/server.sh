# shellcheck shell=bash
# script/server beside a script, which exports PORT and STATE_DIR for it, and stops it when it ends.

server=''

# start_server LOG: returns when it is ready.
start_server() {
    script/server >"$1" 2>&1 &
    server=$!
    local deadline=$((SECONDS + 60))
    until grep --quiet '^identityd ready' "$1"; do
        if ! kill -0 "$server" 2>/dev/null || ((SECONDS > deadline)); then
            cat "$1" >&2
            exit 1
        fi
        sleep 0.2
    done
}

stop_server() {
    [[ $server ]] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" || true
    server=''
}
