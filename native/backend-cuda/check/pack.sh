#!/usr/bin/env bash
# Packs everything that run.sh needs on a machine with a GPU, where there is no Rust and no network: pack.sh <folder>
set -euo pipefail
target=$(realpath --canonicalize-missing "${1:?expected the folder to pack into}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export CONDUIT_CUDA=required
mkdir -p "$target"

# The path of the one executable that cargo makes of what it is told.
executable() {
  cargo "$@" --release --message-format=json-render-diagnostics |
    sed --quiet 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1
}

cp "$(executable build --package conduit-cuda-check)" "$target/cuda-check"
cp "$(executable test --package conduit-cuda-kernels --lib --no-run)" "$target/kernel-tests"
cp "$(executable build --package lm-lite)" "$target/lm-lite"
cp "$(executable test --package lm-lite --test soak --no-run)" "$target/soak"
strip "$target"/{cuda-check,kernel-tests,lm-lite,soak}
rm -rf "$target/goldens"
cp -r goldens/models "$target/goldens"
# Of no use to the checks.
find "$target/goldens" -name 'tokenizer*' -delete
cp backend-cuda/check/run.sh "$target/"
du -sh "$target"
