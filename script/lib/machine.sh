# shellcheck shell=bash
# A booted Debian 12 of its own, in a folder: systemd runs as its first process, and its network is its own.

machine_pid='' machine_bus=''

# machine_boot FOLDER PACKAGE …: makes it with these packages besides Debian's smallest set, and boots it. False, with the
# reason on standard error, if that can't be done.
machine_boot() {
    local packages
    packages=$(IFS=, && echo "systemd,systemd-sysv,dbus,${*:2}")
    debootstrap --variant=minbase --include="$packages" bookworm "$1" >"$1.log" 2>&1 || { tail "$1.log" >&2; return 1; }
    if [[ ! -S /run/dbus/system_bus_socket ]]; then
        mkdir -p /run/dbus
        machine_bus=$(dbus-daemon --system --fork --print-pid)
    fi
    systemd-nspawn --boot --directory="$1" --register=no --keep-unit --private-network >"$1.log" 2>&1 </dev/null &
    machine_pid=$!
    local state try
    for ((try = 0; try < 120; try++)); do
        state=$(within systemctl is-system-running 2>/dev/null) && return
        [[ $state != degraded ]] || break
        sleep 1
    done
    within systemctl --failed --no-pager >&2 || tail "$1.log" >&2
    return 1
}

# SIGTERM to systemd-nspawn shuts the machine down in order.
machine_stop() {
    [[ -z $machine_pid ]] || { kill "$machine_pid" && wait "$machine_pid"; } 2>/dev/null || true
    [[ -z $machine_bus ]] || kill "$machine_bus"
}

# within COMMAND …: in the machine.
within() { nsenter --target "$(machine_init)" --all -- "$@"; }

# within_network COMMAND … &: of this machine, in the other's network, as the process $!.
within_network() { exec nsenter --target "$(machine_init)" --net -- "$@"; }

# The machine's first process, as this one sees it.
machine_init() { pgrep --parent "$machine_pid" | head -n 1; }
