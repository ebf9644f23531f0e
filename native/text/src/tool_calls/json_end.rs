/// Finds where a JSON object or array ends that comes in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct JsonEnd {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl JsonEnd {
    /// How many bytes of `text` belong to the value, if it ends within.
    pub(super) fn push(&mut self, text: &str) -> Option<usize> {
        for (index, byte) in text.bytes().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::JsonEnd;

    #[test]
    fn the_end_is_found_however_the_text_is_cut() {
        for value in ["{}", r#"{"a":"}","b":["\"]",{"c":"\\"}]}"#, r#"{"é":"{[\\\""}"#] {
            let text = format!("{value}}}\nand {{more}}");
            for size in 1..=text.len() {
                let mut end = JsonEnd::default();
                let (mut passed, mut found) = (0, None);
                for piece in text.chars().collect::<Vec<_>>().chunks(size) {
                    let piece: String = piece.iter().collect();
                    if let Some(length) = end.push(&piece) {
                        found = Some(passed + length);
                        break;
                    }
                    passed += piece.len();
                }
                assert_eq!(found, Some(value.len()), "{text} by {size}");
            }
        }
    }
}
