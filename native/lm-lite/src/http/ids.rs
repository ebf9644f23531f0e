use std::hash::{BuildHasher, Hasher, RandomState};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Letters and digits that nobody can foretell.
pub(super) fn random_text(characters: usize) -> String {
    let mut text = String::with_capacity(characters);
    let mut number = 0;
    while text.len() < characters {
        if number < 62 {
            // Each RandomState has its own random keys.
            number = RandomState::new().build_hasher().finish();
        }
        text.push(char::from(ALPHABET[(number % 62) as usize]));
        number /= 62;
    }
    text
}

/// A name for a call of a function; some models' templates take no other than of so many `characters`.
pub(super) fn call_id(characters: Option<usize>) -> String {
    characters.map_or_else(|| format!("call_{}", random_text(24)), random_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_letters_and_digits_of_the_length_asked_for() {
        for length in [0, 1, 9, 24] {
            let text = random_text(length);
            assert_eq!(text.len(), length);
            assert!(text.chars().all(|character| character.is_ascii_alphanumeric()), "{text}");
        }
        assert_ne!(random_text(24), random_text(24));
        assert_eq!((call_id(Some(9)).len(), call_id(None).len()), (9, 29));
    }
}
