mod chunks;
mod decoding;
mod determinism;
mod reference;
mod run;
mod scenario;

/// Whether the long lists of shapes are asked for.
fn is_full() -> bool {
    std::env::var_os("CONDUIT_FULL").is_some()
}
