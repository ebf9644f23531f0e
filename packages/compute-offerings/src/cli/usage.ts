/** What `--help` prints. */
export const USAGE = `Usage: compute-offerings plan <model folder or id>... --gpus <file.json> [options]

Prints which offerings hold the models, how fast they can be at the most, what that costs, and why the others do not.

  <model folder or id>        a folder with config.json, or an id on the Hugging Face Hub
  --gpus <file>               offerings: [{"gpu": "L4", "dollarsPerHour": 0.39}, {"gpu": "A40", "gpuCount": 2, ...}]
  --max-len <tokens>          longest sequence, prompt and answer together (1024); once, or once for each model
  --concurrency <number>      sequences that run at once (1); once, or once for each model
  --objective <name>          cheapest, cheapest-per-vram, cheapest-per-token or fastest
  --runtime <name>            lm-lite, or a version of vLLM such as vllm@0.19.0
  --quantization <format>     format to which the runtime brings the weights, such as fp8
  --kv-dtype <format>         format of the KV cache, such as fp8
  --replicas <number>         complete copies

Constraints:
  --gpu <name>  --architecture <name> (repeatedly)  --num-gpus <number>  --single-device  --interconnect  --numa-local
  --enterprise  --region <name> (repeatedly)  --spot  --on-demand  --max-price <dollars per hour>
  --max-available  --min-available <number>  --min-uptime <percent>
  --min-tokens-per-second <number>  --max-first-token-ms <number>

  --revision <name>           branch, tag or commit on the Hub
  --offline                   reads models of the Hub from the cache alone
  --json                      prints everything as JSON
  --help, --version

Exit codes: 0; 1 where nothing fits or something cannot be read; 2 after wrong usage.
`;
