use conduit_backend::{Backend, Budget, EXTENT_BYTES, KvDType};
use conduit_testkit::fake_backend::{FakeBackend, FakeMemory, FakeOptions};

use super::*;

/// Of 16 MiB, so two blocks an extent.
fn wide() -> KvLayout {
    KvLayout { layers: 64, kv_heads: 8, head_dim: 256, dtype: KvDType::F32, window: None }
}

/// Of 8 MiB, so four blocks an extent.
fn window() -> KvLayout {
    KvLayout { layers: 32, window: Some(20), ..wide() }
}

const A: ModelKey = 1;
const B: ModelKey = 2;

fn memory(extents: u64, models: &[(ModelKey, &[KvLayout])]) -> (KvMemory, Arc<FakeMemory>) {
    memory_with(100, extents, models)
}

fn memory_with(
    kept_percent: usize,
    extents: u64,
    models: &[(ModelKey, &[KvLayout])],
) -> (KvMemory, Arc<FakeMemory>) {
    let backend = FakeBackend::new(FakeOptions::default());
    let memory = backend.memory(Budget { bytes: extents * EXTENT_BYTES as u64 }).unwrap();
    let mut kv = KvMemory::new(memory, kept_percent);
    models.iter().for_each(|(key, layouts)| kv.add_model(*key, layouts));
    (kv, backend.fake_memory().unwrap())
}

fn tokens(first: u32, count: usize) -> Vec<u32> {
    (first..).take(count).collect()
}

/// A sequence whose tokens have all been computed.
fn computed(kv: &mut KvMemory, key: ModelKey, tokens: &[u32]) -> SequencePages {
    let mut sequence = kv.share(key, tokens);
    kv.grow(key, &mut sequence, tokens.len(), 0, true).unwrap();
    kv.keep(key, &mut sequence, tokens, tokens.len());
    sequence
}

fn release(kv: &mut KvMemory, key: ModelKey, sequences: impl IntoIterator<Item = SequencePages>) {
    sequences.into_iter().for_each(|sequence| kv.release(key, sequence));
}

#[test]
fn the_start_of_a_sequence_is_shared_in_whole_blocks_and_never_all_of_it() {
    let (mut kv, _) = memory(8, &[(A, &[wide(), window()])]);
    let prompt = tokens(0, 40);
    let first = computed(&mut kv, A, &prompt);
    let [whole, longer, exact, other] =
        [prompt.clone(), [prompt.clone(), tokens(90, 30)].concat(), tokens(0, 32), tokens(1, 40)]
            .map(|tokens| kv.share(A, &tokens));
    assert_eq!([&whole, &longer, &exact, &other].map(SequencePages::len), [2, 2, 1, 0]);
    assert!((0..2).all(|group| longer.tables[group] == first.tables[group][..2]));
    assert_eq!(kv.page_use(A).in_use, 3);
    release(&mut kv, A, [first, whole, longer, exact, other]);
    let PageUse { in_use, kept, .. } = kv.page_use(A);
    assert_eq!((in_use, kept), (0, 2));
}

#[test]
fn a_cache_of_eight_bits_has_twice_the_pages() {
    let tokens = |dtype| {
        // Of Qwen3-0.6B.
        let layout = KvLayout { layers: 28, kv_heads: 8, head_dim: 128, dtype, window: None };
        let (mut kv, _) = memory(3, &[(A, &[layout])]);
        let mut sequence = kv.share(A, &[]);
        assert_eq!(kv.grow(A, &mut sequence, usize::MAX / 2, 0, true), Err(Shortage::Full));
        let tokens = sequence.len() * BLOCK_TOKENS;
        kv.release(A, sequence);
        assert_eq!(bytes_for(&[layout], tokens), 3 * EXTENT_BYTES as u64);
        tokens
    };
    let full = tokens(KvDType::BF16);
    assert_eq!([KvDType::F8E4M3, KvDType::Int8].map(tokens), [2 * full, 2 * full]);
}

#[test]
fn the_same_tokens_behind_others_are_another_block() {
    let (mut kv, _) = memory(8, &[(A, &[wide()])]);
    let first = computed(&mut kv, A, &[tokens(0, 16), tokens(50, 16)].concat());
    let other = kv.share(A, &[tokens(7, 16), tokens(50, 16), tokens(0, 1)].concat());
    assert_eq!(other.len(), 0);
    release(&mut kv, A, [first, other]);
}

#[test]
fn prefix_caches_never_mix_models() {
    let (mut kv, _) = memory(8, &[(A, &[wide()]), (B, &[wide()])]);
    let first = computed(&mut kv, A, &tokens(0, 40));
    let other = kv.share(B, &tokens(0, 40));
    assert!(other.is_empty());
    kv.release(A, first);
}

#[test]
fn only_fully_computed_blocks_enter_the_prefix_cache() {
    let (mut kv, _) = memory(8, &[(A, &[wide()])]);
    let prompt = tokens(0, 48);
    let mut cancelled = kv.share(A, &prompt);
    kv.grow(A, &mut cancelled, 48, 0, true).unwrap();
    kv.keep(A, &mut cancelled, &prompt, 31);
    kv.release(A, cancelled);
    let again = kv.share(A, &prompt);
    assert_eq!((again.len(), kv.page_use(A).in_use, kv.page_use(A).kept), (1, 1, 0));
    kv.release(A, again);
}

#[test]
fn who_computes_the_same_at_the_same_time_comes_to_share_it() {
    let (mut kv, _) = memory(8, &[(A, &[wide(), window()])]);
    let prompt = tokens(0, 40);
    let mut twins = [(); 2].map(|()| kv.share(A, &prompt));
    twins.iter_mut().for_each(|twin| kv.grow(A, twin, 40, 0, true).unwrap());
    assert_eq!(kv.page_use(A).in_use, 6);
    twins.iter_mut().for_each(|twin| kv.keep(A, twin, &prompt, 40));
    assert_eq!(kv.page_use(A).in_use, 4);
    assert!((0..2).all(|group| twins[0].tables[group][..2] == twins[1].tables[group][..2]));
    assert_ne!(twins[0].tables[0][2], twins[1].tables[0][2]);
    // What the second computes behind it is found by others, too.
    let [first, mut second] = twins;
    let longer = [prompt, tokens(70, 30)].concat();
    kv.grow(A, &mut second, 70, 0, true).unwrap();
    kv.keep(A, &mut second, &longer, 70);
    let third = kv.share(A, &longer);
    assert_eq!(third.len(), 4);
    release(&mut kv, A, [first, second, third]);
}

#[test]
fn what_was_used_longest_ago_goes_first_and_the_end_of_a_chain_before_its_start() {
    let (mut kv, _) = memory(3, &[(A, &[wide()])]);
    let old = computed(&mut kv, A, &tokens(0, 48));
    let new = computed(&mut kv, A, &tokens(100, 48));
    kv.release(A, old);
    kv.release(A, new);
    let mut next = kv.share(A, &tokens(200, 32));
    kv.grow(A, &mut next, 32, 0, true).unwrap();
    let [old, new] = [0, 100].map(|first| kv.share(A, &tokens(first, 49)));
    assert_eq!((old.len(), new.len()), (1, 3));
    assert_eq!(kv.grow(A, &mut next, 49, 0, true), Err(Shortage::Full));
    release(&mut kv, A, [next, old, new]);
    assert_eq!(kv.page_use(A).evicted, 2);
}

#[test]
fn extents_move_to_the_model_that_needs_them_once_no_step_is_in_flight() {
    let (mut kv, fake) = memory(2, &[(A, &[wide()]), (B, &[window()])]);
    let first = computed(&mut kv, A, &tokens(0, 64));
    kv.release(A, first);
    let mut other = kv.share(B, &tokens(0, 64));
    assert_eq!(kv.grow(B, &mut other, 64, 0, false), Err(Shortage::StepInFlight));
    kv.grow(B, &mut other, 64, 0, true).unwrap();
    assert_eq!((kv.page_use(A).extents, kv.page_use(B).extents, kv.page_use(A).kept), (1, 1, 2));
    kv.release(B, other);
    [A, B].into_iter().for_each(|key| kv.remove_model(key));
    assert_eq!(fake.mapped_extents(), 0);
}

#[test]
fn an_extent_in_which_one_page_is_in_use_stays() {
    let (mut kv, _) = memory(2, &[(A, &[wide()]), (B, &[window()])]);
    let long = computed(&mut kv, A, &tokens(0, 64));
    let start = kv.share(A, &tokens(0, 17));
    kv.release(A, long);
    let mut other = kv.share(B, &tokens(0, 80));
    assert_eq!(kv.grow(B, &mut other, 80, 0, true), Err(Shortage::Full));
    assert_eq!(other.len(), 4);
    kv.release(A, start);
    kv.release(B, other);
}

#[test]
fn room_is_what_is_free_or_only_kept_beside_all_promises() {
    let (mut kv, _) = memory(3, &[(A, &[wide()]), (B, &[window()])]);
    let kept = computed(&mut kv, A, &tokens(0, 64));
    kv.release(A, kept);
    assert!(kv.has_room(B, 12) && !kv.has_room(B, 13));
    let mut promised = kv.share(A, &tokens(900, 16));
    kv.promise(A, &mut promised, 3);
    assert!(kv.has_room(A, 3) && !kv.has_room(A, 4));
    assert!(kv.has_room(B, 4) && !kv.has_room(B, 5));
    kv.grow(A, &mut promised, 48, 0, true).unwrap();
    assert!(kv.has_room(B, 4) && !kv.has_room(B, 5));
    kv.release(A, promised);
    assert!(kv.has_room(B, 12));
    assert_eq!(kv.make_room(3 * EXTENT_BYTES as u64), 3 * EXTENT_BYTES as u64);
    assert_eq!(kv.page_use(A).kept, 0);
}

#[test]
fn groups_of_one_model_do_not_take_extents_from_each_other_for_ever() {
    let (mut kv, _) = memory(1, &[(A, &[wide(), window()])]);
    let mut sequence = kv.share(A, &tokens(0, 64));
    assert_eq!(kv.grow(A, &mut sequence, 16, 0, true), Err(Shortage::Full));
    kv.release(A, sequence);
    let (mut kv, _) = memory(2, &[(A, &[wide(), window()])]);
    let mut sequence = kv.share(A, &tokens(0, 64));
    assert_eq!(kv.grow(A, &mut sequence, 48, 0, true), Err(Shortage::Full));
    assert_eq!(sequence.len(), 2);
    kv.release(A, sequence);
}

#[test]
fn memory_grows_beyond_its_share_only_for_what_is_in_use() {
    let (mut kv, fake) = memory_with(50, 4, &[(A, &[wide()])]);
    for first in 0..10 {
        let sequence = computed(&mut kv, A, &tokens(first * 100, 32));
        kv.release(A, sequence);
    }
    assert_eq!((fake.mapped_extents(), kv.page_use(A).kept), (2, 4));
    let sequence = computed(&mut kv, A, &tokens(0, 120));
    assert_eq!((fake.mapped_extents(), sequence.len()), (4, 8));
    kv.release(A, sequence);
}

#[test]
fn what_is_forgotten_leaves_whole_extents() {
    let (mut kv, _) = memory(2, &[(A, &[wide()]), (B, &[window()])]);
    let kept = computed(&mut kv, A, &tokens(0, 64));
    kv.release(A, kept);
    kv.forget_kept();
    let PageUse { kept, extents, .. } = kv.page_use(A);
    assert_eq!((kept, extents), (0, 2));
    let mut other = kv.share(B, &tokens(0, 128));
    kv.grow(B, &mut other, 128, 0, true).unwrap();
    kv.release(B, other);
}
