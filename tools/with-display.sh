#!/bin/sh
# Run a command with a screen. "auto" uses the one that is there, else a virtual one with software
# OpenGL; "virtual" always takes a virtual one, so that tests do not open windows in front of you.
# Without a virtual screen the command runs anyway and says itself what it could not do.
set -eu
mode=$1
shift
if [ "$mode" = auto ] && { [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ]; }; then
    exec "$@"
fi
if command -v xvfb-run >/dev/null 2>&1; then
    SPECKS_VIRTUAL_DISPLAY=1 LIBGL_ALWAYS_SOFTWARE=1 \
        exec xvfb-run -a -s "-screen 0 1600x1000x24 +extension GLX" "$@"
fi
exec "$@"
