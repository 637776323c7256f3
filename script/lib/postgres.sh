# shellcheck shell=bash
# A private PostgreSQL cluster in a directory: data/, run/ (the socket) and log/. Whoever gets into run/ is
# trusted, and that is its owner alone.

# shellcheck source=script/lib/daemons.sh
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"

# postgres_start DIRECTORY [OPTION …] – makes the cluster if there is none, starts it with these options of postgres and the
# lines of POSTGRES_SETTINGS in its configuration, and points libpq's variables to it. Sets postgres_pid. False, with the reason in log/postgres.log, if it does not start.
postgres_start() {
    local data=$1/data log=$1/log/postgres.log
    unset DATABASE_URL "${!PG@}" # the caller's own would win, such as PGSERVICE
    export PGHOST=$1/run PGPORT=5432 PGUSER=postgres PGDATABASE=postgres

    own_directories "$1/run" "$1/log"
    "${as_owner[@]}" touch "$log" # so that it can be restarted with pg_ctl --log
    [[ -d $data ]] || postgres_create "$data" >>"$log" 2>&1 || return
    # The file that is read last, so what initdb found out about this machine stays.
    cat >"$data/postgresql.auto.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '../run'
		max_connections = 200
		# What errors add to their message may be rows, and those are personal data.
		log_error_verbosity = terse
		# With the default of 64, SERIALIZABLE runs out of predicate locks, and then takes whole tables.
		max_pred_locks_per_transaction = 1024
		max_pred_locks_per_relation = 1024
		${POSTGRES_SETTINGS-}
	END

	{ cd "$1" && daemon INT "$(postgres_bin)/postgres" -D "$data" "${@:2}"; } >>"$log" 2>&1 &
    postgres_pid=$!
    until "$(postgres_bin)/pg_isready" --quiet; do
        kill -0 "$postgres_pid" 2>/dev/null || return
        sleep 0.05
    done
}

# postgres_stop DIRECTORY – if it was started here; also when somebody else has restarted it since.
postgres_stop() {
    [[ ${postgres_pid-} && -f $1/data/postmaster.pid ]] || return 0
    (cd "$1" && "${as_owner[@]}" "$(postgres_bin)/pg_ctl" stop --silent --mode=fast --pgdata="$1/data")
}

# postgres_create DATA – as a copy of POSTGRES_TEMPLATE, where that is set. Under another name first: what is interrupted
# leaves half a cluster behind.
postgres_create() {
    local make=("$(postgres_bin)/initdb" --pgdata="$1.new" --username=postgres --auth=trust --encoding=UTF8
        --locale=C.UTF-8 --no-instructions)
    [[ -z ${POSTGRES_TEMPLATE-} ]] || make=(cp --archive "$POSTGRES_TEMPLATE/." "$1.new")
    rm -rf "$1.new" &&
        own_directories "$1.new" &&
        (cd "$1.new" && "${as_owner[@]}" "${make[@]}") &&
        mv "$1.new" "$1"
}

# Those of POSTGRES_BIN, or else the newest that Debian has: it keeps each version's programs in a directory of its own, outside PATH.
postgres_bin() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail -n 1)
    echo "${POSTGRES_BIN:-$newest}"
}
