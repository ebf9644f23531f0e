use super::scenario::Scenario;

/// Attention of all heads of one token of a sequence's chunk, in f64.
pub fn attention(scenario: &Scenario, sequence: usize, token: usize) -> Vec<f64> {
    (0..scenario.spec.heads).flat_map(|head| head_attention(scenario, sequence, token, head)).collect()
}

fn head_attention(scenario: &Scenario, sequence: usize, token: usize, head: usize) -> Vec<f64> {
    let spec = &scenario.spec;
    let kv_head = head / (spec.heads / spec.kv_heads);
    let before: usize = scenario.chunks[..sequence].iter().map(|chunk| chunk.tokens).sum();
    let query = &scenario.queries[((before + token) * spec.heads + head) * spec.head_dim..][..spec.head_dim];
    let position = scenario.chunks[sequence].earlier + token;
    let seen = scenario.first_seen(position)..=position;
    let scores: Vec<f64> = seen
        .clone()
        .map(|at| {
            let key = scenario.key(sequence, at, kv_head);
            let product: f64 = query.iter().zip(key).map(|(q, k)| f64::from(*q) * f64::from(*k)).sum();
            let score = product * f64::from(spec.scale);
            spec.soft_cap.map_or(score, |cap| f64::from(cap) * (score / f64::from(cap)).tanh())
        })
        .collect();
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mut output = vec![0.0; spec.head_dim];
    for (at, weight) in seen.zip(&weights) {
        for (sum, value) in output.iter_mut().zip(scenario.value(sequence, at, kv_head)) {
            *sum += weight / total * f64::from(*value);
        }
    }
    output
}
