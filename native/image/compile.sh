#!/bin/sh
# Compiles the engine of the folder that this is run in, the same from the same sources wherever that is.
#
# compile.sh <folder of nvcc> <folder for lm-lite>
# CUDA=off  builds without kernels for GPUs
set -eu
nvcc=$1
output=$2
PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin

if [ "${CUDA:-on}" = off ]; then
  export CONDUIT_CUDA=off
else
  export CONDUIT_CUDA=required CONDUIT_NVCC="$nvcc/nvidia/cu13/bin/nvcc"
fi
# Where sources lie shows in the messages of panics.
export RUSTFLAGS="--remap-path-prefix=$(pwd)=/source --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
cargo build --release --locked --package lm-lite --bins
mkdir -p "$output"
cp target/release/lm-lite "$output/lm-lite"
