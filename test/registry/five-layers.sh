#!/bin/sh
# Makes an image of five layers in an OCI layout by buildah: one adds files, two remove files of lower layers, and one layer is there twice.
# usage: five-layers.sh <layout> <store> <text of the last layer>
set -eu
layout=$1 store=$2 text=$3
run() { buildah --storage-driver vfs --root "$store/root" --runroot "$store/run" "$@"; }

container=$(run from scratch)
# layer <name>: makes the next layer by the commands of standard input, in the root of the image. All times are 0, so that equal layers are equal.
layer() {
  mounted=$(run mount "$container")
  (cd "$mounted" && sh -eu)
  run umount "$container" >/dev/null
  run config --env SOME=1 --cmd '/bin/cat /text' "$container"
  run commit -q --timestamp 0 "$container" "$1" >/dev/null
  run rm "$container" >/dev/null
  container=$(run from --pull-never "$1")
}
layer one <<END
mkdir -p bin data/old
cp /bin/busybox bin/
ln -s busybox bin/sh
ln -s busybox bin/cat
ln -s busybox bin/ls
echo kept > data/kept
echo gone > data/old/gone
END
layer two <<END
echo twice > twice
END
layer three <<END
rm twice
rm -r data/old
END
layer four <<END
echo twice > twice
END
layer five <<END
mkdir data/old
echo new > data/old/new
rm data/kept
echo "$text" > text
END
run push -q five "oci:$layout:latest"
