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

    /// Where a number of a matrix `[output, input]` lies: the index of its word, and its lowest bit there.
    fn place(self, [outputs, inputs]: [usize; 2], [output, input]: [usize; 2]) -> (usize, usize) {
        let (along, count, across, lines) = match self.word {
            Axis::Output => (output, outputs, input, inputs),
            Axis::Input => (input, inputs, output, outputs),
        };
        let word = match self.word == self.rows {
            true => along / PER_WORD * lines + across,
            false => across * count.div_ceil(PER_WORD) + along / PER_WORD,
        };
        // Each is there: `Nibbles::check` holds it to that.
        let nibble = self.neighbours.iter().position(|held| usize::from(*held) == along % PER_WORD);
        (word, 4 * nibble.unwrap_or_default())
    }
}

impl Nibbles {
    /// The number of a matrix of this shape.
    #[inline]
    pub fn get(&self, shape: [usize; 2], at: [usize; 2]) -> u8 {
        let (word, bit) = self.layout.place(shape, at);
        self.data[4 * word + bit / 8] >> (bit % 8) & 0x0F
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
