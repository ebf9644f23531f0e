use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator};
use rayon::slice::{ParallelSlice, ParallelSliceMut};

use super::for_each_row;

/// Which rows go through which experts. A pair of a row and an expert has a place: those of an expert neighbour each other.
pub(crate) struct Routing {
    /// How many experts a row goes through.
    pub chosen: usize,
    /// `[rows, chosen]`, in the order of the experts' indices.
    pub weights: Vec<f32>,
    /// The place of each pair, in the order of `weights`.
    pub places: Vec<u32>,
    /// The row of each place, ascending within an expert.
    pub rows: Vec<u32>,
    /// The first place of each expert, and behind them how many there are.
    pub starts: Vec<usize>,
}

impl Routing {
    /// Routes by `scores`, `[rows, experts]`. What a row gets depends on its own scores alone.
    pub fn new(scores: &[f32], experts: usize, chosen: usize, normalized: bool) -> Self {
        let pairs = scores.len() / experts * chosen;
        let (mut indices, mut weights) = (vec![0u32; pairs], vec![0.0; pairs]);
        let rows = indices.par_chunks_exact_mut(chosen).zip(weights.par_chunks_exact_mut(chosen));
        for_each_row(
            rows.zip(scores.par_chunks_exact(experts)),
            16 * experts,
            |((indices, weights), scores)| {
                choose(scores, indices);
                weigh(scores, indices, normalized, weights);
            },
        );

        let mut starts = vec![0; experts + 1];
        for expert in &indices {
            starts[*expert as usize + 1] += 1;
        }
        for expert in 0..experts {
            starts[expert + 1] += starts[expert];
        }
        let (mut next, mut rows) = (starts.clone(), vec![0; pairs]);
        let place = |(pair, expert): (usize, &u32)| {
            let next = &mut next[*expert as usize];
            rows[*next] = (pair / chosen) as u32;
            *next += 1;
            *next as u32 - 1
        };
        let places = indices.iter().enumerate().map(place).collect();
        Self { chosen, weights, places, rows, starts }
    }

    /// Adds up what the experts gave, `[places, features]`, row by row.
    pub fn combine(&self, given: &[f32], output: &mut [f32], features: usize) {
        let weights = self.weights.par_chunks_exact(self.chosen);
        let pairs = weights.zip(self.places.par_chunks_exact(self.chosen));
        let rows = output.par_chunks_exact_mut(features).zip(pairs);
        for_each_row(rows, features * self.chosen, |(output, (weights, places))| {
            output.fill(0.0);
            for (weight, place) in weights.iter().zip(places) {
                let given = &given[*place as usize * features..][..features];
                for (output, given) in output.iter_mut().zip(given) {
                    *output += weight * given;
                }
            }
        });
    }

    /// The rows of `x`, each at the places where it goes through an expert.
    pub fn spread(&self, x: &[f32], output: &mut [f32], features: usize) {
        let places = output.par_chunks_exact_mut(features).zip(self.rows.par_iter());
        for_each_row(places, features, |(output, row)| {
            output.copy_from_slice(&x[*row as usize * features..][..features]);
        });
    }
}

/// The experts with the largest scores, ascending. Of equal scores the first counts as larger.
fn choose(scores: &[f32], chosen: &mut [u32]) {
    let mut count = 0;
    for (expert, score) in scores.iter().enumerate() {
        // Best first. What is not a number is not smaller than anything, so that there are always enough.
        let is_better = |known: &u32| {
            let known = scores[*known as usize];
            known >= *score || score.is_nan()
        };
        let place = chosen[..count].partition_point(is_better);
        if place < chosen.len() {
            count = (count + 1).min(chosen.len());
            chosen[place..count].rotate_right(1);
            chosen[place] = expert as u32;
        }
    }
    chosen.sort_unstable();
}

/// The softmax of the scores at the chosen ones; of these alone where their weights are to be normalised.
fn weigh(scores: &[f32], chosen: &[u32], normalized: bool, weights: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for (weight, expert) in weights.iter_mut().zip(chosen) {
        *weight = (scores[*expert as usize] - most).exp();
    }
    let total: f32 = match normalized {
        true => weights.iter().sum(),
        false => scores.iter().map(|score| (score - most).exp()).sum(),
    };
    for weight in weights {
        *weight /= total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(scores: &[f32], count: usize) -> Vec<u32> {
        let mut chosen = vec![u32::MAX; count];
        choose(scores, &mut chosen);
        chosen
    }

    #[test]
    fn the_largest_scores_are_chosen_and_of_equal_ones_the_first() {
        assert_eq!(chosen(&[0.5, 3.0, -1.0, 2.0, 3.5], 2), [1, 4]);
        assert_eq!(chosen(&[1.0, 2.0, 2.0, 2.0], 2), [1, 2]);
        assert_eq!(chosen(&[0.0, -0.0, 0.0], 1), [0]);
        assert_eq!(chosen(&[7.0; 9], 4), [0, 1, 2, 3]);
        assert_eq!(chosen(&[f32::NEG_INFINITY, 1.0, f32::NEG_INFINITY], 3), [0, 1, 2]);
        assert_eq!(chosen(&[f32::NAN; 5], 2), [0, 1]);
    }

    #[test]
    fn weights_are_those_of_the_softmax_of_all_or_of_the_chosen() {
        let scores = [1.0f32, 3.0, 2.0, 0.0].map(f32::ln);
        let weights = |normalized| {
            let mut weights = [f32::NAN; 2];
            weigh(&scores, &[1, 2], normalized, &mut weights);
            weights
        };
        for (found, expected) in [(weights(false), [0.5, 2.0 / 6.0]), (weights(true), [0.6, 0.4])] {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        }
        let mut weights = [0.0; 2];
        weigh(&[f32::NAN, 1.0, 2.0], &[1, 2], false, &mut weights);
        assert!(weights.iter().all(|weight| weight.is_nan()), "a score that is no number goes unnoticed");
    }

    #[test]
    fn each_pair_has_a_place_among_those_of_its_expert() {
        // The rows go through 1 and 2, 0 and 2, 1 and 2.
        let scores = [0.0, 2.0, 1.0, 5.0, 1.0, 4.0, 0.0, 3.0, 9.0];
        let routing = Routing::new(&scores, 3, 2, true);
        assert_eq!(routing.starts, [0, 1, 3, 6]);
        assert_eq!(routing.rows, [1, 0, 2, 0, 1, 2]);
        assert_eq!(routing.places, [1, 3, 0, 4, 2, 5]);

        let mut spread = [0.0; 6];
        routing.spread(&[10.0, 20.0, 30.0], &mut spread, 1);
        assert_eq!(spread, [20.0, 10.0, 30.0, 10.0, 20.0, 30.0]);
        let mut output = [f32::NAN; 3];
        routing.combine(&spread, &mut output, 1);
        assert!(output.iter().zip([10.0, 20.0, 30.0]).all(|(a, b)| (a - b).abs() < 1e-4), "{output:?}");
    }
}
