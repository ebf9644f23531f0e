#!/usr/bin/env bash
# Runs the checks of a packed folder on this machine's GPU, one stage after the other, whatever fails:
#   run.sh [<seconds in all, default 900> [<folder for results, default results>]]
# Stages: facts kernels goldens random-model requests memory faults soak numbers memcheck racecheck synccheck;
# STAGES="facts goldens" picks some.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
deadline=$((SECONDS + ${1:-900}))
results=${2:-results}
device=${DEVICE:-cuda:0}
mkdir -p "$results"
report=$results/report.tsv
models=${MODELS_FOLDER:-/tmp/conduit-cuda-check}
failed=()

# stage <name> <most seconds> <command...>
stage() {
  local name=$1 most=$2 left=$((deadline - SECONDS)) code
  shift 2
  if [[ -n "${STAGES:-}" && " $STAGES " != *" $name "* ]]; then return; fi
  if ((left < 5)); then
    echo "== $name: no time left"
    failed+=("$name")
    return
  fi
  echo "== $name"
  timeout --kill-after=5 "$((most < left ? most : left))" "$@" > "$results/$name.log" 2>&1
  code=$?
  tail -n "${LINES_SHOWN:-25}" "$results/$name.log"
  printf '%s\texit code\t%s\t= 0\t%s\n' "$name" "$code" "$( ((code == 0)) && echo ok || echo FAILED)" | tee -a "$report"
  ((code == 0)) || failed+=("$name")
}

check() {
  stage "$1" "$2" ./cuda-check --device "$device" --stages "$1" --goldens goldens --models "$models" --report "$report"
}

# Small shapes of every kernel, for tools that slow a kernel down a hundredfold.
quick_tests=(
  norm::tests::agrees_with_the_reference_past_the_edges
  add::tests embed::tests gated::tests gather::tests tokens::tests
  rotary::tests::rotates_parts_of_heads_in_both_styles
  attention::tests::decoding::windows_end_within_blocks_and_at_their_edges
  attention::tests::chunks::windows_move_with_the_tokens_of_a_chunk
  linear::tests::few_output_features_and_few_past_a_tile
  sampling::tests::equal_logits_are_cut_by_their_ids
)

check facts 60
# Those of host:: are about the execution on the CPU.
stage kernels 300 env CONDUIT_KERNELS_ON="$device" ./kernel-tests --test-threads 8 --skip host::
check goldens 240
check random-model 300
check requests 240
check memory 240
check faults 60
stage soak 240 env CONDUIT_TEST_LM_LITE=./lm-lite CONDUIT_SOAK_DEVICE="$device" CONDUIT_SOAK_REQUESTS="${SOAK_REQUESTS:-2000}" \
  ./soak --nocapture
check numbers 300
if command -v compute-sanitizer > /dev/null; then
  for tool in memcheck racecheck synccheck; do
    stage "$tool" 150 env CONDUIT_KERNELS_ON="$device" \
      compute-sanitizer --tool "$tool" --error-exitcode 9 ./kernel-tests --test-threads 1 "${quick_tests[@]}"
  done
else
  echo "== sanitizer: compute-sanitizer is not on the PATH"
fi

grep -h "FAILED" "$report" | tail -n 40
echo "failed stages: ${failed[*]:-none}"
((${#failed[@]} == 0))
