#!/usr/bin/env bash
# Makes stand-ins for the base images of the Dockerfile, of the files of this machine; nothing is pulled.
#   base-images.sh FOLDER JDK   FOLDER takes the files, JDK is copied into both images
set -euo pipefail
root=$1/root
jdk=$2

mkdir -p "$root"/{bin,tmp,etc,root,proc,sys,dev,run,usr/bin}
chmod 1777 "$root/tmp"
cp /etc/passwd /etc/group /etc/nsswitch.conf "$root/etc/"

with_libraries() {
  ldd "$@" 2>/dev/null | grep -o '/[^ )]*' | grep -v ':$' | sort -u | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -Ln "$library" "$root$library"
  done
}

programs=()
for name in bash env cat ls mkdir rm mv cp chmod sed grep head tail tr cut sort uname dirname basename readlink expr id \
  sleep touch find; do
  programs+=("$(command -v "$name")")
done
cp -L "${programs[@]}" "$root/usr/bin/"
ln -s ../usr/bin/bash "$root/bin/sh"
ln -s ../usr/bin/bash "$root/bin/bash"
with_libraries "${programs[@]}"

# some files of Debian's JDK are links to /etc
mkdir -p "$root/opt/java"
tar -C "$jdk" -ch --ignore-failed-read --exclude=jmods --exclude=src.zip --exclude=man --exclude=docs . 2>/dev/null |
  tar -C "$root/opt/java" -x
with_libraries "$root"/opt/java/bin/java "$root"/opt/java/lib/*.so "$root"/opt/java/lib/server/*.so

change=(--change "ENV JAVA_HOME=/opt/java" --change "ENV PATH=/opt/java/bin:/opt/maven/bin:/usr/bin:/bin"
  --change "ENV LANG=C.UTF-8")
image() {
  sed -n "s/^FROM \($1:[^ ]*\).*/\1/p" Dockerfile
}
tar -C "$root" -c . | podman import --quiet "${change[@]}" - "localhost/$(image eclipse-temurin)" >/dev/null
maven=$(dirname "$(dirname "$(readlink -f "$(command -v mvn)")")")
mkdir "$root/opt/maven"
tar -C "$maven" -ch --exclude=man . | tar -C "$root/opt/maven" -x
tar -C "$root" -c . | podman import --quiet "${change[@]}" - "localhost/$(image maven)" >/dev/null
