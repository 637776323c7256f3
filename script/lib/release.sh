# shellcheck shell=bash
# What a script tests: the release build.

# built PRODUCT [PROGRAM]: the path of the program, or else of the product of the release build.
built() {
    if [[ ${2-} ]]; then
        realpath "$2"
    else
        swift build -c release --static-swift-stdlib --product "$1" >&2
        echo "$PWD/.build/release/$1"
    fi
}
