# shellcheck shell=bash
# What comes from PyPI. It is kept outside the checkout, and fetched once.

cache=${XDG_CACHE_HOME:-~/.cache}/identityd
install_packages=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../install-packages")

# pip ARGUMENT …
pip() {
    python3 -m pip --version >/dev/null 2>&1 || "$install_packages" python3-pip >&2 || return
    timeout 300 python3 -m pip --quiet --disable-pip-version-check --retries 1 "$@" >&2
}

# virtual_environment PACKAGE …: sets venv to the folder of one that has them. False, with the reason on standard error, if that can't
# be had.
virtual_environment() {
    venv=$cache/python-$(sha256sum <<<"$*" | cut -c 1-12)
    mkdir -p "$cache"
    (
        flock 9
        [[ ! -e $venv/complete ]] || exit 0
        rm -rf "$venv" &&
            python3 -m venv --without-pip "$venv" &&
            pip --python "$venv/bin/python" install "$@" &&
            touch "$venv/complete"
    ) 9>"$venv.lock"
}
