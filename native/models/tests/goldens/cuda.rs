//! The CUDA backend on a device made of this process.

use conduit_backend::Bucket;
use conduit_backend_cuda::driver::host::{HostDriver, HostOptions};
use conduit_backend_cuda::{CudaBackend, CudaOptions};
use conduit_testkit::golden::Golden;
use conduit_testkit::runner::Runner;

/// All of a golden's tokens, or its prompts together; blocks of threads for more would cost their time on the CPU.
const BUCKET: Bucket = Bucket { max_tokens: 144, max_rows: 104 };

/// Tokens of each continuation, each of which costs a step.
const CONTINUED: usize = 10;

/// Those that there are kernels for.
fn goldens() -> impl Iterator<Item = Golden> {
    Golden::all().into_iter().filter(|golden| golden.architecture().mixture.is_none())
}

fn runner(golden: &Golden) -> Runner<CudaBackend<HostDriver>> {
    let driver = HostDriver::new(&HostOptions::default());
    let backend = CudaBackend::new(driver, CudaOptions::default()).unwrap();
    Runner::new(backend, 4, BUCKET, |backend| golden.decoder(backend, golden.architecture())).unwrap()
}

#[test]
fn logits_are_those_of_the_reference() {
    for golden in goldens() {
        let mut runner = runner(&golden);
        let tokens = &golden.input_ids;
        let (mut whole, mut parts) = (runner.sequence(), runner.sequence());
        let logits = runner.logits(&mut [(&mut whole, tokens)]);
        let difference = golden.difference(&logits);
        println!("{}: {difference:.2e}", golden.name);
        assert!(difference <= golden.tolerance(), "{}: {difference:.2e}", golden.name);

        // As prompts come: a chunk, then token by token beside another sequence.
        let start = tokens.len() - 3;
        let mut logits = runner.logits(&mut [(&mut parts, &tokens[..start])]);
        for token in tokens[start..].chunks(1) {
            let mut other = runner.sequence();
            logits.push(runner.logits(&mut [(&mut parts, token), (&mut other, &tokens[..5])]).remove(0));
        }
        let difference = golden.difference(&logits);
        assert!(difference <= golden.tolerance(), "{} in parts: {difference:.2e}", golden.name);
    }
}

#[test]
fn greedy_tokens_are_those_of_the_reference_in_f32() {
    for golden in goldens().filter(|golden| golden.is_f32) {
        let prompts: Vec<_> =
            golden.greedy.iter().map(|greedy| &golden.input_ids[..greedy.prompt_length]).collect();
        let continuations = runner(&golden).greedy(&prompts, CONTINUED);
        for (greedy, tokens) in golden.greedy.iter().zip(continuations) {
            assert_eq!(tokens, greedy.tokens[..CONTINUED], "{}", golden.name);
        }
    }
}

#[test]
fn gguf_files_run_where_their_weights_are_plain_and_are_refused_by_name_where_they_are_in_blocks() {
    for golden in Golden::gguf() {
        let driver = HostDriver::new(&HostOptions::default());
        let backend = CudaBackend::new(driver, CudaOptions::default()).unwrap();
        match golden.decoder(&backend, golden.architecture()) {
            Ok(_) => {
                assert_eq!(golden.name, "llama-dense");
                let mut runner = runner(&golden);
                let mut sequence = runner.sequence();
                let difference = golden.difference(&runner.logits(&mut [(&mut sequence, &golden.input_ids)]));
                // What meets weights of 16 bits is rounded to them here.
                assert!(difference <= 1e-2, "{difference:.2e}");
            }
            Err(error) => {
                let message = error.to_string();
                let is_named = message.contains("weights on CUDA (") && message.contains(".weight)");
                assert!(error.code() == "unsupported" && is_named, "{message}");
            }
        }
    }
}

#[test]
fn weights_that_their_publisher_quantised_are_refused_by_name() {
    for golden in Golden::quantized().into_iter().filter(|golden| golden.architecture().mixture.is_none()) {
        let driver = HostDriver::new(&HostOptions::default());
        let backend = CudaBackend::new(driver, CudaOptions::default()).unwrap();
        let error = golden.decoder(&backend, golden.architecture()).err().expect("a refusal");
        let format = if golden.name.starts_with("fp8") { "fp8" } else { "int4" };
        let message = error.to_string();
        assert!(
            error.code() == "unsupported" && message.contains(&format!("{format} weights on CUDA")),
            "{message}"
        );
    }
}

#[test]
fn experts_are_refused_by_name_before_their_weights_are_packed() {
    for name in ["qwen3-moe", "mixtral", "qwen3-moe-gptq"] {
        let golden = Golden::named(name);
        let driver = HostDriver::new(&HostOptions::default());
        let backend = CudaBackend::new(driver, CudaOptions::default()).unwrap();
        // Without memory nothing can be packed.
        let error = golden.decoder(&backend, golden.architecture()).err().expect("a refusal");
        let message = error.to_string();
        assert!(
            error.code() == "unsupported" && message.contains("a mixture of experts on CUDA"),
            "{message}"
        );
    }
}
