#!/bin/sh
# Makes a Debian able to compile the engine: Rust, a C++ compiler, make, and CUDA's, as far as they are missing.
#
# install-tools.sh <wheels of nvcc, as pip's requirements> <folder for nvcc>
# CUDA=off  leaves out nvcc
set -eu
wheels=$1
nvcc=$2

missing=
command -v c++ > /dev/null && command -v make > /dev/null && command -v strip > /dev/null || missing="$missing build-essential"
[ -f /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
if ! command -v cargo > /dev/null; then command -v curl > /dev/null || missing="$missing curl"; fi
if [ "${CUDA:-on}" != off ]; then python3 -m pip --version > /dev/null 2>&1 || missing="$missing python3-pip"; fi
if [ -n "$missing" ]; then
  apt-get update
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
fi
if ! command -v cargo > /dev/null; then
  curl --proto '=https' --tlsv1.2 --fail --silent --show-error https://sh.rustup.rs |
    sh -s -- -y --profile minimal --no-modify-path --default-toolchain 1.95.0
fi
if [ "${CUDA:-on}" != off ]; then
  python3 -m pip install --quiet --no-deps --no-compile --only-binary=:all: --target "$nvcc" --requirement "$wheels"
fi
