# shellcheck shell=bash
# Processes that a script runs beside itself, and sees to the end of.

PATH+=:/usr/sbin

# PostgreSQL refuses to run as root and the others have no need to: what root starts belongs to postgres.
owner=$(id -un)
as_owner=()
if ((EUID == 0)); then
    owner=postgres
    # libpq looks for files in HOME, and one it may not read is an error.
    as_owner=(env --unset=HOME setpriv --reuid=postgres --regid=postgres --init-groups)
fi

# own_directories PATH … – makes them if they aren't there; nobody but their owner gets in.
own_directories() {
    install --directory --mode=0700 --owner="$owner" "$@"
}

# daemon SIGNAL COMMAND … & – in a session of its own, so that Ctrl-C reaches the script alone, which stops
# its daemons in order. Should the script be killed, the kernel sends them SIGNAL.
daemon() {
    exec setsid "${as_owner[@]}" setpriv --pdeathsig="$1" "${@:2}"
}

# end SIGNAL PID – stops a daemon, if there is one, and waits until it is gone. Then what it left behind, such as
# nginx's workers when nginx was killed.
end() {
    [[ $2 ]] || return 0
    if kill -s "$1" "$2" 2>/dev/null; then wait "$2" || true; fi
    kill -KILL -- "-$2" 2>/dev/null || true
}

# attend COMMAND … – runs it in the foreground, but passes signals on to it at once, where bash by itself
# would first wait for its end. Returns its exit code.
attend() {
    local pid signal status traps
    traps=$(trap -p INT TERM HUP)
    # bash has what runs in the background ignore INT and QUIT.
    env --default-signal=INT,QUIT "$@" <&0 &
    pid=$!
    for signal in INT TERM HUP; do
        # shellcheck disable=SC2064 # this command's pid
        trap "kill -s $signal $pid 2>/dev/null || true" "$signal"
    done
    while
        wait "$pid" && status=0 || status=$?
        kill -0 "$pid" 2>/dev/null # a signal ended the wait, not the command
    do :; done
    eval "${traps:-trap - INT TERM HUP}"
    return "$status"
}
