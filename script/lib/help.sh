# shellcheck shell=bash
# Every script sources this before it does anything: --help or -h prints the comment that the script begins with, and
# ends it.

usage() {
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
}

# refuse MESSAGE
refuse() {
    printf '%s: %s\n\n' "$0" "$1" >&2
    usage >&2
    exit 2
}

# operands COUNT ARGUMENT …: refuses options, and more arguments than that.
operands() {
    local most=$1 argument
    shift
    for argument; do [[ $argument != -?* ]] || refuse "there is no option $argument"; done
    (($# <= most)) || refuse "there are too many arguments: ${*:most+1}"
}

case ${1-} in
-h | --help)
    usage
    exit
    ;;
esac
