use crate::{
    BLOCK_TOKENS, BackendError, Bucket, KvAddress, KvLayout, LogitAdjustment, Masks, Result, RowSampling,
    SequenceInput, StepInputs, TokenSource,
};

/// What a plan was recorded for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLimits {
    pub bucket: Bucket,
    pub kv_groups: Vec<KvLayout>,
    /// Ids that a token may have: rows of the logits.
    pub vocab_size: usize,
    /// Features of the hidden states that steps give; 0 where they give none.
    pub hidden_size: usize,
    /// Whether steps may have rows.
    pub has_logits: bool,
}

/// Checks a step against the contract of [`StepInputs`], the plan, and a KV range of `range_bytes`, so that a run of it
/// stays within all buffers and no two threads write the same place.
///
/// `previous_rows` is the number of rows of the step before, where its sampling is enqueued.
pub fn check_step(
    limits: &StepLimits,
    inputs: &StepInputs,
    range_bytes: usize,
    previous_rows: Option<usize>,
) -> Result<()> {
    let tokens = inputs.tokens.len();
    let bucket = limits.bucket;
    ensure(tokens > 0, || "a step without tokens".into())?;
    ensure(tokens <= bucket.max_tokens, || format!("{tokens} tokens in a plan for {}", bucket.max_tokens))?;
    let rows = inputs.logit_tokens.len();
    ensure(rows <= bucket.max_rows, || format!("{rows} rows in a plan for {}", bucket.max_rows))?;
    ensure(rows == 0 || limits.has_logits, || "rows of logits of a plan that records none".into())?;
    ensure(inputs.positions.len() == tokens, || {
        format!("{} positions for {tokens} tokens", inputs.positions.len())
    })?;
    for (index, source) in inputs.tokens.iter().enumerate() {
        check_source(limits, index, *source, previous_rows)?;
    }
    check_chosen("logit", &inputs.logit_tokens, tokens)?;
    check_chosen("hidden", &inputs.hidden_tokens, tokens)?;
    ensure(inputs.hidden_tokens.is_empty() || limits.hidden_size > 0, || {
        "hidden states of a plan that records none".into()
    })?;

    let mut next = 0;
    for (index, sequence) in inputs.sequences.iter().enumerate() {
        let range = &sequence.tokens;
        let follows = range.start == next && range.end > range.start && range.end <= tokens;
        ensure(follows, || {
            format!("sequence {index} has tokens {range:?} of {tokens}, expected from {next}")
        })?;
        next = range.end;
        check_sequence(limits, inputs, range_bytes, index, sequence)?;
    }
    ensure(next == tokens, || format!("sequences hold {next} of {tokens} tokens"))?;
    check_writes(limits, inputs)
}

/// Tokens that something is wanted of.
fn check_chosen(what: &str, chosen: &[u32], tokens: usize) -> Result<()> {
    ensure(chosen.is_sorted_by(|a, b| a < b), || format!("{what} tokens are not ascending"))?;
    let last = chosen.last();
    ensure(last.is_none_or(|last| (*last as usize) < tokens), || format!("{what} token {last:?} of {tokens}"))
}

fn check_source(
    limits: &StepLimits,
    index: usize,
    source: TokenSource,
    previous_rows: Option<usize>,
) -> Result<()> {
    match (source, previous_rows) {
        (TokenSource::Id(id), _) => ensure((id as usize) < limits.vocab_size, || {
            format!("token {index} has id {id} in a vocabulary of {}", limits.vocab_size)
        }),
        (TokenSource::Previous(row), Some(rows)) => ensure((row as usize) < rows, || {
            format!("token {index} is row {row} of the step before, which has {rows}")
        }),
        (TokenSource::Previous(_), None) => {
            ensure(false, || format!("token {index} is of the step before, whose sampling is not enqueued"))
        }
    }
}

fn check_sequence(
    limits: &StepLimits,
    inputs: &StepInputs,
    range_bytes: usize,
    index: usize,
    sequence: &SequenceInput,
) -> Result<()> {
    let count = sequence.tokens.len();
    let first_position = sequence.context_len.checked_sub(count);
    let positions = &inputs.positions[sequence.tokens.clone()];
    let fits = first_position.is_some_and(|first| {
        positions.iter().enumerate().all(|(offset, position)| *position as usize == first + offset)
    });
    ensure(fits, || {
        format!(
            "sequence {index}: the positions of its {count} tokens do not end at {}",
            sequence.context_len
        )
    })?;
    let groups = limits.kv_groups.len();
    ensure(sequence.blocks.len() == groups, || {
        format!("sequence {index} has {} block tables for {groups} KV groups", sequence.blocks.len())
    })?;
    for (layout, blocks) in limits.kv_groups.iter().zip(&sequence.blocks) {
        let table = inputs.block_tables.get(blocks.clone());
        ensure(table.is_some(), || format!("sequence {index}: blocks {blocks:?} lie outside the tables"))?;
        let (table, needed) = (table.unwrap_or_default(), sequence.context_len.div_ceil(BLOCK_TOKENS));
        ensure(table.len() >= needed, || {
            format!("sequence {index}: {} blocks do not hold {} tokens", table.len(), sequence.context_len)
        })?;
        let is_outside = |block: &&KvAddress| block.byte_offset() + layout.block_bytes() > range_bytes;
        let outside = table[..needed].iter().find(is_outside);
        ensure(outside.is_none(), || format!("sequence {index}: {outside:?} lies outside the KV range"))?;
    }
    Ok(())
}

/// Blocks that are written belong to one sequence and overlap no other that is.
fn check_writes(limits: &StepLimits, inputs: &StepInputs) -> Result<()> {
    let mut written = Vec::new();
    for sequence in &inputs.sequences {
        let first = (sequence.context_len - sequence.tokens.len()) / BLOCK_TOKENS;
        let last = (sequence.context_len - 1) / BLOCK_TOKENS;
        for (layout, blocks) in limits.kv_groups.iter().zip(&sequence.blocks) {
            for block in &inputs.block_tables[blocks.clone()][first..=last] {
                written.push((block.byte_offset(), layout.block_bytes()));
            }
        }
    }
    written.sort_unstable();
    let overlap = written.windows(2).find(|pair| pair[0].0 + pair[0].1 > pair[1].0);
    ensure(overlap.is_none(), || format!("two sequences write to blocks that overlap: {overlap:?}"))
}

/// Checks what a step's rows are sampled with.
pub fn check_sampling(rows: usize, vocab_size: usize, sampling: &[RowSampling], masks: &Masks) -> Result<()> {
    ensure(sampling.len() == rows, || format!("sampling of {} rows for a step of {rows}", sampling.len()))?;
    let Masks { rows: row_masks, adjustments } = masks;
    ensure(row_masks.len() == rows, || format!("masks of {} rows for a step of {rows}", row_masks.len()))?;
    ensure(adjustments.len() == rows, || {
        format!("adjustments of {} rows for a step of {rows}", adjustments.len())
    })?;
    for (row, (sampling, mask)) in sampling.iter().zip(row_masks).enumerate() {
        let RowSampling { temperature, top_p, min_p, .. } = *sampling;
        let valid = temperature.is_finite() && temperature >= 0.0;
        ensure(valid, || format!("row {row}: temperature {temperature}, expected a number from 0"))?;
        ensure((0.0..=1.0).contains(&top_p), || format!("row {row}: top_p {top_p}, expected 0 to 1"))?;
        ensure((0.0..=1.0).contains(&min_p), || format!("row {row}: min_p {min_p}, expected 0 to 1"))?;
        let allows = mask.as_ref().is_none_or(|mask| allows_any(mask, vocab_size));
        ensure(allows, || format!("row {row}: its mask allows no token of {vocab_size}"))?;
        check_adjustments(row, vocab_size, &adjustments[row])?;
    }
    Ok(())
}

fn check_adjustments(row: usize, vocab_size: usize, adjustments: &[LogitAdjustment]) -> Result<()> {
    ensure(adjustments.is_sorted_by(|a, b| a.token < b.token), || {
        format!("row {row}: adjusted tokens are not ascending")
    })?;
    for adjustment in adjustments {
        let LogitAdjustment { token, repetition, bias } = *adjustment;
        ensure((token as usize) < vocab_size, || {
            format!("row {row}: token {token} is adjusted in a vocabulary of {vocab_size}")
        })?;
        let valid = repetition.is_finite() && repetition > 0.0 && bias.is_finite();
        ensure(valid, || {
            format!(
                "row {row}: token {token} has repetition {repetition} and bias {bias}, expected finite numbers, the \
                 first above 0"
            )
        })?;
    }
    Ok(())
}

fn allows_any(mask: &[u32], vocab_size: usize) -> bool {
    let whole = vocab_size / 32;
    let rest = (1u32 << (vocab_size % 32)) - 1;
    mask.iter().take(whole).any(|word| *word != 0) || mask.get(whole).is_some_and(|word| word & rest != 0)
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(BackendError::InvalidInput(what())) }
}
