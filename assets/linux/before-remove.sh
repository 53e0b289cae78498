#!/bin/bash
# Before removing the deb (`remove`) or rpm (0). At an upgrade the service runs on until the new one is there.

case "$1" in
    remove | 0)
        if [ -d /run/systemd/system ]; then
            systemctl disable --now rayfish-desktop.service || true
        else
            rm -f /etc/systemd/system/multi-user.target.wants/rayfish-desktop.service
        fi
        ;;
esac
exit 0
