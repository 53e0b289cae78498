#!/bin/sh
# Starts the app, or says in one sentence why this system won't let it: without user namespaces or its setuid helper
# Chromium has no sandbox, and would end with a message for programmers. Nothing here ever switches the sandbox off.

self=$(readlink -f "$0")
here=$(dirname "$self")

setting() { cat "/proc/sys/$1" 2>/dev/null; }

namespaces_denied() {
    [ "$(setting kernel/unprivileged_userns_clone)" = 0 ] && return 0
    [ "$(setting user/max_user_namespaces)" = 0 ] && return 0
    # Ubuntu since 23.10: only for programs with an AppArmor profile of their own, which the deb brings.
    [ "$(setting kernel/apparmor_restrict_unprivileged_userns)" = 1 ] &&
        [ "$(cat /proc/self/attr/current 2>/dev/null)" = unconfined ]
}

say() {
    echo "$1" >&2
    if command -v zenity >/dev/null 2>&1; then
        LD_LIBRARY_PATH='' zenity --error --title=Rayfish --text="$1" 2>/dev/null
    elif command -v kdialog >/dev/null 2>&1; then
        LD_LIBRARY_PATH='' kdialog --title Rayfish --error "$1" 2>/dev/null
    fi
}

if [ "$(id -u)" != 0 ] && [ ! -u "$here/chrome-sandbox" ] && namespaces_denied; then
    say "Rayfish can't open its window safely, because this system keeps apps like this one from making a sandbox: install the deb or rpm package, which brings the permission along."
    exit 1
fi

# An AppImage's own starter adds this where it finds no sandbox.
if [ -n "$APPIMAGE" ]; then
    for argument; do
        shift
        [ "$argument" = --no-sandbox ] || set -- "$@" "$argument"
    done
fi
exec "$self.bin" "$@"
