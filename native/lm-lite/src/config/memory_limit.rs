use std::fs;

use super::control_group::control_group_available;

/// Where the system does not say what it has.
const UNKNOWN_MEMORY_BYTES: u64 = 8 << 30;

/// Reads `1073741824`, `1GiB`, `1.5GB` or `512 MiB`.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("expected a number of bytes such as 8GiB, 512MiB or 8589934592, got {text:?}");
    let end = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: f64 = text[..end].trim().parse().map_err(|_| wrong())?;
    let unit: u64 = match text[end..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(wrong()),
    };
    let bytes = number * unit as f64;
    if bytes >= 1.0 && bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(wrong()) }
}

/// Four fifths of the memory that this process could still take, limits of its control groups included.
pub(crate) fn default_memory_limit() -> u64 {
    let available = [machine_available(), control_group_available()].into_iter().flatten().min();
    available.unwrap_or(UNKNOWN_MEMORY_BYTES) / 5 * 4
}

fn machine_available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_units_of_both_kinds() {
        for (text, bytes) in
            [("7", 7), ("8GiB", 8 << 30), ("1.5 kB", 1_500), ("512m", 512 << 20), ("2TB", 2 * 10u64.pow(12))]
        {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for wrong in ["", "GiB", "-1", "0", "1XB", "1e40GiB", "NaN"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn there_is_always_some_memory() {
        assert!(default_memory_limit() > 0);
    }
}
