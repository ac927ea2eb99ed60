#!/bin/sh
# Qt, OpenGL and the virtual screen need system libraries that Python packages do not bring.
# As root on Debian or Ubuntu the missing ones are installed; otherwise the line to run is printed.
set -eu
packages="libglib2.0-0 libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 fonts-dejavu-core \
xvfb xauth libgl1-mesa-dri libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 \
libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1 x11-utils"

command -v dpkg-query >/dev/null 2>&1 || exit 0 # other systems bring them with their desktop

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q "ok installed"; }
missing=""
for package in $packages; do
    installed "$package" || installed "${package}t64" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "specks: these system packages are missing:$missing"
if [ "$(id -u)" = 0 ]; then
    echo "specks: installing them with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
    echo "specks: apt-get failed; what can run without them goes on"
else
    echo "specks: to have windows and screenshots run:"
    echo "    sudo apt-get install --no-install-recommends$missing"
    echo "specks: what can run without them goes on"
fi
