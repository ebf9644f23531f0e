use std::array;

use bytes::Bytes;

/// Numbers that one word of 32 bits holds.
const PER_WORD: usize = 8;

/// The side of a matrix `[output, input]` that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    Output,
    Input,
}

/// A matrix of numbers of four bits, in words of 32 bits, little-endian.
#[derive(Clone, Debug)]
pub struct Nibbles {
    pub data: Bytes,
    pub layout: NibbleLayout,
}

/// Where numbers of four bits lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NibbleLayout {
    /// Along which axis the eight numbers of a word neighbour each other; the last word may hold fewer.
    pub word: Axis,
    /// Of which axis the words that follow each other share the index, or the eight indices.
    pub rows: Axis,
    /// Which of its eight neighbours each nibble holds, the lowest bits first.
    pub neighbours: [u8; PER_WORD],
}

impl NibbleLayout {
    /// One after the other, the lowest bits first.
    pub const IN_ORDER: [u8; PER_WORD] = [0, 1, 2, 3, 4, 5, 6, 7];

    /// The lowest bit of the nibble that holds the neighbour of this index.
    fn bit(self, index: usize) -> usize {
        // It is there: `Nibbles::check` holds it to that.
        let nibble = self.neighbours.iter().position(|held| usize::from(*held) == index % PER_WORD);
        4 * nibble.unwrap_or_default()
    }
}

impl Nibbles {
    /// The number of a matrix of this shape.
    pub fn get(&self, shape: [usize; 2], [output, input]: [usize; 2]) -> u8 {
        let mut number = [0];
        self.read_outputs(shape, input, output, &mut number);
        number[0]
    }

    /// Reads the numbers of an input for as many outputs as `numbers` has room for, from `first` on.
    pub fn read_outputs(
        &self,
        [outputs, inputs]: [usize; 2],
        input: usize,
        first: usize,
        numbers: &mut [u8],
    ) {
        let NibbleLayout { word, rows, .. } = self.layout;
        let (words, _) = self.data.as_chunks::<4>();
        let number = |word: [u8; 4], bit: usize| (u32::from_le_bytes(word) >> bit) as u8 & 0x0F;
        match word {
            Axis::Input => {
                let (start, step) = match rows {
                    Axis::Input => (input / PER_WORD * outputs + first, 1),
                    Axis::Output => {
                        let line = inputs.div_ceil(PER_WORD);
                        (first * line + input / PER_WORD, line)
                    }
                };
                let bit = self.layout.bit(input);
                for (to, word) in numbers.iter_mut().zip(words[start..].iter().step_by(step)) {
                    *to = number(*word, bit);
                }
            }
            Axis::Output => {
                let bits: [usize; PER_WORD] = array::from_fn(|index| self.layout.bit(index));
                for (to, output) in numbers.iter_mut().zip(first..) {
                    let word = match rows {
                        Axis::Input => input * outputs.div_ceil(PER_WORD) + output / PER_WORD,
                        Axis::Output => output / PER_WORD * inputs + input,
                    };
                    *to = number(words[word], bits[output % PER_WORD]);
                }
            }
        }
    }

    /// What keeps this from being a matrix of this shape.
    pub(super) fn check(&self, [outputs, inputs]: [usize; 2]) -> Result<(), String> {
        let (count, lines) = match self.layout.word {
            Axis::Output => (outputs, inputs),
            Axis::Input => (inputs, outputs),
        };
        let bytes = count.div_ceil(PER_WORD).checked_mul(lines).and_then(|words| words.checked_mul(4));
        let has = |neighbour: &u8| self.layout.neighbours.contains(neighbour);
        if !NibbleLayout::IN_ORDER.iter().all(has) {
            return Err(format!("words that hold the neighbours {:?}", self.layout.neighbours));
        }
        match bytes == Some(self.data.len()) {
            true => Ok(()),
            false => {
                Err(format!("{} bytes for {:?} numbers of four bits", self.data.len(), [outputs, inputs]))
            }
        }
    }
}
