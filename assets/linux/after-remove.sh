#!/bin/bash
# After removing the deb (`remove`, `purge`) or rpm (0). An upgrade calls it too, when the new files are there: nothing to do.
# The identity stays: it cannot be had again. `apt purge` deletes it; an rpm says where it is.

unlink_ours() {
    case "$(readlink "$1")" in
        '/opt/${sanitizedProductName}/'*) rm -f "$1" ;;
    esac
}

case "$1" in
    remove | purge | 0)
        unlink_ours '/usr/bin/${executable}'
        unlink_ours /usr/bin/rayfish
        if [ -f '/etc/apparmor.d/${executable}' ]; then
            if apparmor_status --enabled >/dev/null 2>&1 && ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; }; then
                apparmor_parser --remove '/etc/apparmor.d/${executable}' || true
            fi
            rm -f '/etc/apparmor.d/${executable}'
        fi
        if [ -d /run/systemd/system ]; then
            systemctl daemon-reload || true
            systemctl reset-failed rayfish-desktop.service 2>/dev/null || true
        fi
        if hash update-desktop-database 2>/dev/null; then
            update-desktop-database /usr/share/applications || true
        fi
        # Who was an operator then is not to be one by a later installation.
        rm -f /var/lib/rayfish-desktop/operators.json
        ;;
esac

case "$1" in
    purge)
        rm -rf /var/lib/rayfish-desktop
        ;;
    remove | 0)
        if [ -e /var/lib/rayfish-desktop/identity.json ]; then
            echo 'This device'\''s Rayfish identity and peers are kept in /var/lib/rayfish-desktop.'
        fi
        ;;
esac
exit 0
