# shellcheck shell=bash
# The page at /docs/: nginx/docs, and Swagger UI out of a wheel of PyPI (docs/decisions/0035).

# shellcheck source=script/lib/python.sh
source "$(dirname "${BASH_SOURCE[0]}")/python.sh"

# It holds Swagger UI 5.33.1.
swagger_ui_wheel=drf-spectacular-sidecar==2026.10.1
swagger_ui_digest=fe1d005d8ac9b5d0472f2fe5deeb2e7d6dcffaa24118044f22578b4b8c4b31f2
swagger_ui=$cache/swagger-ui-$swagger_ui_digest
docs_page=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../nginx/docs")

# install_docs FOLDER: all that nginx serves there. False, with the reason on standard error, where Swagger UI can't be fetched; then
# it is not asked for again within 10 minutes.
install_docs() {
    local refused=$swagger_ui.refused
    if [[ ! -d $swagger_ui ]]; then
        if [[ $(find "$refused" -mmin -10 2>/dev/null) ]]; then
            echo "Swagger UI could not be fetched from PyPI. Remove $refused to have it tried again now." >&2
            return 1
        fi
        fetch_swagger_ui || { touch "$refused" && return 1; }
    fi
    install -D --mode=0644 --target-directory="$1" "$swagger_ui"/* "$docs_page"/*
}

fetch_swagger_ui() {
    local folder part=wheel/drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist
    mkdir -p "$cache"
    folder=$(mktemp --directory "$swagger_ui.XXXXXX")
    # Without what it depends on, which is Django. Another may be faster than this.
    (cd "$folder" &&
        pip download --no-deps --require-hashes \
            --requirement <(echo "$swagger_ui_wheel --hash=sha256:$swagger_ui_digest") &&
        python3 -m zipfile --extract ./*.whl wheel &&
        mkdir files &&
        cp $part/{swagger-ui-bundle.js,swagger-ui.css,favicon-32x32.png,LICENSE} files &&
        { mv --no-target-directory files "$swagger_ui" 2>/dev/null || [[ -d $swagger_ui ]]; })
    local status=$?
    rm -rf "$folder"
    return $status
}
