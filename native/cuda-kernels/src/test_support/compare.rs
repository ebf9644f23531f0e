use conduit_backend::DType;

/// Half a unit in the last place of a result stored as `dtype`, and some for sums in f32.
pub fn tolerance(dtype: DType) -> f64 {
    match dtype {
        DType::F32 => 2e-6,
        DType::F16 => 6e-4,
        DType::BF16 => 4.5e-3,
    }
}

/// # Panics
/// Where a number differs by more than `tolerance` of the larger of 1 and the expected one.
#[track_caller]
pub fn assert_close(actual: &[f32], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let close = (f64::from(*actual) - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(close, "{what}: {actual} instead of {expected} at {index}");
    }
}
