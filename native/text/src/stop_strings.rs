/// Looks for stop strings in text that comes in pieces.
///
/// The stop string that ends first wins, and the longest of those that end together: how the text is cut into
/// pieces makes no difference. Text that may be the beginning of a stop string is held back until that is known.
#[derive(Clone, Debug, Default)]
pub struct StopStrings {
    patterns: Vec<Pattern>,
    held: String,
}

/// What a piece of text led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopMatch {
    /// Text that may be given out; after a match it is what was left before the stop string.
    pub text: String,
    /// Index of the stop string that was found; nothing after it counts.
    pub stop: Option<usize>,
}

/// One stop string, in the manner of Knuth, Morris and Pratt.
#[derive(Clone, Debug)]
struct Pattern {
    index: usize,
    bytes: Vec<u8>,
    /// For each prefix, the length of the longest shorter prefix that it ends in.
    fallback: Vec<usize>,
    /// How much of the pattern the text so far ends in.
    matched: usize,
}

impl StopStrings {
    /// Empty strings stop nothing.
    pub fn new<S: AsRef<str>>(stops: &[S]) -> Self {
        let stops = stops.iter().enumerate().filter(|(_, stop)| !stop.as_ref().is_empty());
        let patterns = stops.map(|(index, stop)| Pattern::new(index, stop.as_ref())).collect();
        Self { patterns, held: String::new() }
    }

    /// Takes the next piece of text; after a match the state is of no further use.
    pub fn push(&mut self, text: &str) -> StopMatch {
        let before = self.held.len();
        self.held.push_str(text);
        for (offset, byte) in text.bytes().enumerate() {
            let ended = self.patterns.iter_mut().filter_map(|pattern| pattern.step(byte)).max();
            if let Some((length, std::cmp::Reverse(index))) = ended {
                self.held.truncate(before + offset + 1 - length);
                return StopMatch { text: std::mem::take(&mut self.held), stop: Some(index) };
            }
        }
        let hold = self.patterns.iter().map(|pattern| pattern.matched).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - hold);
        StopMatch { text: std::mem::replace(&mut self.held, rest), stop: None }
    }

    /// The text held back, which turned out to be no stop string.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

impl Pattern {
    fn new(index: usize, text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        let mut fallback = vec![0; bytes.len()];
        let mut length = 0;
        for position in 1..bytes.len() {
            while length > 0 && bytes[position] != bytes[length] {
                length = fallback[length - 1];
            }
            length += usize::from(bytes[position] == bytes[length]);
            fallback[position] = length;
        }
        Self { index, bytes, fallback, matched: 0 }
    }

    /// Length and index of the pattern if it ends with `byte`; the smaller index is the greater.
    fn step(&mut self, byte: u8) -> Option<(usize, std::cmp::Reverse<usize>)> {
        while self.matched > 0 && byte != self.bytes[self.matched] {
            self.matched = self.fallback[self.matched - 1];
        }
        self.matched += usize::from(byte == self.bytes[self.matched]);
        (self.matched == self.bytes.len()).then_some((self.matched, std::cmp::Reverse(self.index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole text before the stop string, and the stop string, for pieces of `size` characters.
    fn run(stops: &[&str], text: &str, size: usize) -> (String, Option<usize>) {
        let mut matcher = StopStrings::new(stops);
        let mut out = String::new();
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(size) {
            let found = matcher.push(&piece.iter().collect::<String>());
            out.push_str(&found.text);
            if found.stop.is_some() {
                return (out, found.stop);
            }
        }
        out.push_str(&matcher.finish());
        (out, None)
    }

    #[test]
    fn pieces_make_no_difference() {
        let cases: [(&[&str], &str, &str, Option<usize>); 10] = [
            (&["###"], "one###two", "one", Some(0)),
            (&["###"], "one##two#", "one##two#", None),
            (&["ab", "b"], "xab", "x", Some(0)),
            (&["b", "abc"], "xabc", "xa", Some(0)),
            (&["aab"], "aaaab", "aa", Some(0)),
            (&["abcabd"], "abcabcabd", "abc", Some(0)),
            (&["\n\n", "\nUser:"], "hi\nUser: you", "hi", Some(1)),
            (&["é文", "👩‍🚀"], "a👩‍é文b", "a👩‍", Some(0)),
            (&["", "x"], "ax", "a", Some(1)),
            (&[], "anything", "anything", None),
        ];
        for (stops, text, before, stop) in cases {
            for size in 1..=text.chars().count() {
                assert_eq!(
                    run(stops, text, size),
                    (before.to_owned(), stop),
                    "{stops:?} in {text:?} by {size}"
                );
            }
        }
    }

    #[test]
    fn only_what_may_be_a_stop_string_is_held_back() {
        let mut matcher = StopStrings::new(&["END", "ENTER"]);
        assert_eq!(matcher.push("the EN"), StopMatch { text: "the ".to_owned(), stop: None });
        assert_eq!(matcher.push("T"), StopMatch { text: String::new(), stop: None });
        assert_eq!(matcher.push("RY E"), StopMatch { text: "ENTRY ".to_owned(), stop: None });
        assert_eq!(matcher.push("ND of"), StopMatch { text: String::new(), stop: Some(0) });
    }

    #[test]
    fn it_agrees_with_a_search_of_the_whole_text() {
        // All texts of length 7 over two letters, against all pairs of short stop strings.
        let texts = |length: u32| {
            (0..1u32 << length).map(move |bits| {
                (0..length).map(|bit| if bits >> bit & 1 == 1 { 'b' } else { 'a' }).collect::<String>()
            })
        };
        let stops: Vec<String> = (1..=3).flat_map(texts).collect();
        for first in &stops {
            for second in &stops {
                let stops = [first.as_str(), second.as_str()];
                for text in texts(7) {
                    let ends = |stop: &str| text.find(stop).map(|start| (start + stop.len(), start));
                    let expected = stops.iter().filter_map(|stop| ends(stop)).min();
                    let (before, stop) = run(&stops, &text, 2);
                    assert_eq!(stop.is_some(), expected.is_some(), "{stops:?} in {text}");
                    assert_eq!(
                        before,
                        text[..expected.map_or(text.len(), |(_, start)| start)],
                        "{stops:?} in {text}"
                    );
                }
            }
        }
    }
}
