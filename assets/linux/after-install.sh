#!/bin/bash
# After installing or upgrading the deb (`configure [old version]`) or rpm (1 or 2).
# From electron-builder's template; what differs: the sandbox, the service, nothing undone at an upgrade.

app='/opt/${sanitizedProductName}'
service="$app/resources/service"

link() {
    if [ ! -e "$2" ] || [ -L "$2" ]; then ln -sfn "$1" "$2"; fi
}
link "$app/${executable}" '/usr/bin/${executable}'
link "$service/bin/rayfish" /usr/bin/rayfish

# Chromium prefers user namespaces and takes this where there are none, or none for us.
chown root:root "$app/chrome-sandbox"
chmod 4755 "$app/chrome-sandbox"

if hash update-desktop-database 2>/dev/null; then
    update-desktop-database /usr/share/applications || true
fi
if hash gtk-update-icon-cache 2>/dev/null; then
    gtk-update-icon-cache --quiet --ignore-theme-index /usr/share/icons/hicolor || true
fi

# Ubuntu since 23.10 lets only programs with a profile make user namespaces. An AppArmor before 4.0 does not read this
# profile, and does not need it.
if apparmor_status --enabled >/dev/null 2>&1; then
    profile="$app/resources/apparmor-profile"
    if apparmor_parser --skip-kernel-load --debug "$profile" >/dev/null 2>&1; then
        cp -f "$profile" '/etc/apparmor.d/${executable}'
        if ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; }; then
            apparmor_parser --replace --write-cache --skip-read-cache '/etc/apparmor.d/${executable}' || true
        fi
    fi
fi

# A copy that an AppImage or tar.gz installed would win over ours, and grow old.
copied=/etc/systemd/system/rayfish-desktop.service
if [ -f "$copied" ] && grep -q /opt/rayfish-desktop/current "$copied"; then
    rm -f "$copied"
    rm -rf /opt/rayfish-desktop
    if [ "$(readlink /usr/local/bin/rayfish)" = /opt/rayfish-desktop/current/bin/rayfish ]; then rm -f /usr/local/bin/rayfish; fi
fi

# The service starts when its owner says so, in the app; an upgrade restarts it where it runs.
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
    # Its link to the copy's unit, where it was enabled, becomes one to ours.
    if systemctl --quiet is-enabled rayfish-desktop.service 2>/dev/null; then
        systemctl --quiet reenable rayfish-desktop.service || true
    fi
    systemctl try-restart rayfish-desktop.service || true
fi
exit 0
