#!/bin/sh
# Make .venv ready for a purpose (demo, test, lint or docs), and say which system libraries are
# missing. Running it again when nothing changed takes no time.
set -eu
cd "$(dirname "$0")/.."
purpose=$1

fail() { echo "specks: $*" >&2; exit 1; }

case $purpose in
    demo) what=".[all]" groups="" ;;
    test) what=".[all]" groups="test docs" ;;
    lint) what=".[all]" groups="lint" ;;
    docs) what=".[all]" groups="docs" ;;
    *) fail "unknown purpose '$purpose'; use demo, test, lint or docs" ;;
esac

sh tools/system-libraries.sh

stamp=.venv/.ready-$purpose
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cksum < pyproject.toml)" ] && .venv/bin/python -c "import specks" 2>/dev/null; then
    exit 0
fi

args="-e $what"
for group in $groups; do args="$args --group $group"; done
if command -v uv >/dev/null 2>&1; then
    echo "specks: preparing .venv with uv (minutes the first time)"
    [ -x .venv/bin/python ] || uv venv --quiet --python ">=3.11" .venv
    # shellcheck disable=SC2086
    uv pip install --quiet --python .venv/bin/python $args
else
    python=${PYTHON:-python3}
    command -v "$python" >/dev/null 2>&1 || fail "no python3 found; install Python 3.11 or newer, or set PYTHON"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$("$python" --version) is too old; specks needs Python 3.11 or newer (set PYTHON to one)"
    echo "specks: preparing .venv with pip (minutes the first time)"
    [ -x .venv/bin/python ] || "$python" -m venv .venv ||
        fail "could not create a virtual environment; on Debian or Ubuntu: apt-get install python3-venv"
    .venv/bin/python -m pip install --quiet --upgrade "pip>=25.1"
    # shellcheck disable=SC2086
    .venv/bin/python -m pip install --quiet $args
fi
cksum < pyproject.toml > "$stamp"
