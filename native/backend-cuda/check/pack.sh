#!/usr/bin/env bash
# Packs everything that run.sh needs on a machine with a GPU, where there is no Rust and no network: pack.sh <folder>
set -euo pipefail
target=$(realpath --canonicalize-missing "${1:?expected the folder to pack into}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export CONDUIT_CUDA=required
mkdir -p "$target"

# executable <target> <cargo's arguments...>: the path of what cargo makes of that target; it may make others beside it.
executable() {
  local name=$1
  shift
  cargo "$@" --release --message-format=json-render-diagnostics |
    sed --quiet "/\"target\":{[^}]*\"name\":\"$name\"/s/.*\"executable\":\"\([^\"]*\)\".*/\1/p" | tail -n 1
}

cp "$(executable cuda-check build --package conduit-cuda-check)" "$target/cuda-check"
cp "$(executable conduit_cuda_kernels test --package conduit-cuda-kernels --lib --no-run)" "$target/kernel-tests"
# The server as it is shipped: tests are built with a device of this process in it.
cp "$(executable soak test --package lm-lite --test soak --no-run)" "$target/soak"
cp "$(executable lm-lite build --package lm-lite)" "$target/lm-lite"
strip "$target"/{cuda-check,kernel-tests,lm-lite,soak}
rm -rf "$target/goldens"
cp -r goldens/models "$target/goldens"
# Of no use to the checks.
find "$target/goldens" -name 'tokenizer*' -delete
cp backend-cuda/check/run.sh "$target/"
du -sh "$target"
