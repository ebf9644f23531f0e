/**
 * The value of an environment variable that RunPod replaces in the pod by a secret of the account, as in
 * `overrides: { env: { HF_TOKEN: runpodSecret("hf_token") } }`. Secrets are made in RunPod's console.
 */
export function runpodSecret(name: string): string {
  return `{{ RUNPOD_SECRET_${name} }}`;
}
