#!/bin/sh
# Collects what the engine's image holds into a new folder: the engine without its tables of lines, the libraries that it needs, certificates,
# and two folders for everybody, /cache for weights and /tmp. Everything has one time, so that the same engine makes the same image.
#
# collect-root.sh <engine> <folder>
# SOURCE_DATE_EPOCH  the time, in seconds since 1970; default 0
# CUDA=off           leaves out what only NVIDIA's driver needs
set -eu
engine=$1
root=$2
certificates=/etc/ssl/certs/ca-certificates.crt

add() {
  mkdir -p "$root$(dirname "$2")"
  cp --dereference "$1" "$root$2"
}

mkdir -p "$root"
add "$engine" /lm-lite
# Names of functions stay, for the traces of what goes wrong.
strip --strip-debug "$root/lm-lite"
libraries=$(ldd "$engine" | grep -o '/[^ ]*')
for library in $libraries; do add "$library" "$library"; done
if [ "${CUDA:-on}" != off ]; then
  # The driver's library, which is loaded where there is one, was linked when these were no part of libc.
  libc=$(echo "$libraries" | grep '/libc\.so\.6$')
  for name in libdl.so.2 libpthread.so.0 librt.so.1; do
    add "$(dirname "$libc")/$name" "$(dirname "$libc")/$name"
  done
fi
if [ ! -f "$certificates" ]; then
  echo "expected certificates in $certificates, but there are none; install the package ca-certificates" >&2
  exit 1
fi
add "$certificates" "$certificates"

find "$root" -type d -exec chmod 0755 {} +
find "$root" -type f -exec chmod 0644 {} +
find "$root" -type f \( -name 'lm-lite' -o -name 'ld-linux*' \) -exec chmod 0755 {} +
mkdir "$root/tmp" "$root/cache"
chmod 1777 "$root/tmp" "$root/cache"
find "$root" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
