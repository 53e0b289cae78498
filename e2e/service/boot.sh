#!/bin/bash
# boot.sh ROOT CGROUP: boots the Debian in ROOT, systemd as process 1 of its own namespaces, until it is killed. The network
# namespace is the caller's.
set -eu
# Another boot may take it for one that died, in between.
for try in 1 2 3; do mkdir -p "$2" && echo $$ >"$2/cgroup.procs" && break; done
# In any other group it would take the host's processes for its own.
grep -q "/rayfish-e2e/${2##*/}$" /proc/self/cgroup
exec unshare --pid --mount --cgroup --uts --ipc --fork --kill-child=SIGKILL --propagation private bash -euc '
hostname debian
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
done
mkdir dev/net dev/pts dev/shm
mknod -m 666 dev/net/tun c 10 200
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mkdir -p old
pivot_root . old
umount -l old
rmdir old
exec env -i container=rayfish-e2e PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=0 </dev/null >/run/boot.log 2>&1
' boot "$1"
