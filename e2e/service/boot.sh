#!/bin/bash
# boot.sh ROOT CGROUP: boots the Debian in ROOT, systemd as process 1 of its own namespaces, until it is killed.
set -eu
mkdir -p "$2"
echo $$ >"$2/cgroup.procs"
exec unshare --pid --mount --cgroup --uts --ipc --net --fork --kill-child=SIGKILL --propagation private bash -euc '
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
ip link set lo up
ip link add eth0 type veth peer name eth1
ip address add 10.9.0.2/24 dev eth0
ip link set eth0 up
ip link set eth1 up
ip route add default via 10.9.0.1
mkdir -p old
pivot_root . old
umount -l old
exec env -i container=rayfish-e2e PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=0 </dev/null >/run/boot.log 2>&1
' boot "$1"
