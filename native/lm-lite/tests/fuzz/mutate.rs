//! Inputs that are nearly right.

use conduit_testkit::random::Random;
use serde_json::{Map, Value, json};

/// Numbers and texts at which readers stumble.
fn strange(random: &mut Random) -> Value {
    let strange = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(-0.0),
        json!(5e-324),
        json!(1u64 << 53),
        json!(u32::MAX),
        json!(""),
        json!("\0"),
        json!("a"),
        json!("\u{feff}\u{10ffff}"),
        json!("<|im_end|>"),
        json!("x".repeat(3_000)),
        json!([]),
        json!({}),
        json!([[]]),
        json!(["", 0]),
        json!(vec![1; 300]),
        (0..300).fold(json!({}), |inner, _| json!([inner])),
    ];
    random.pick(&strange).clone()
}

/// Changes one to three places of a JSON value.
pub fn json(mut value: Value, random: &mut Random) -> Value {
    for _ in 0..1 + random.below(3) {
        let place = random.below(count(&value));
        let other = nth(&value, random.below(count(&value))).clone();
        change(&mut value, place, other, random);
    }
    value
}

fn count(value: &Value) -> usize {
    1 + children(value).map(count).sum::<usize>()
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The value that comes at this place, counted from the outside in.
fn nth(value: &Value, place: usize) -> &Value {
    let mut before = 1;
    for child in children(value) {
        let size = count(child);
        if place >= before && place < before + size {
            return nth(child, place - before);
        }
        before += size;
    }
    value
}

fn change(value: &mut Value, place: usize, other: Value, random: &mut Random) {
    if place == 0 {
        return change_here(value, other, random);
    }
    let mut before = 1;
    let children: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(fields) => Box::new(fields.values_mut()),
        _ => return,
    };
    for child in children {
        let size = count(child);
        if place < before + size {
            return change(child, place - before, other, random);
        }
        before += size;
    }
}

fn change_here(value: &mut Value, other: Value, random: &mut Random) {
    match (random.below(4), &mut *value) {
        (0, _) => *value = other,
        (1, _) => *value = strange(random),
        (_, Value::Object(fields)) => change_fields(fields, other, random),
        (_, Value::Array(items)) => change_items(items, other, random),
        (_, Value::String(text)) => {
            let changed = bytes(text.as_bytes(), &[], random);
            *text = String::from_utf8_lossy(&changed).into_owned();
        }
        (_, Value::Number(number)) => {
            let number = number.as_f64().unwrap_or_default();
            let changed = [number + 1.0, number - 1.0, -number, number * 2.0, number / 3.0, number * 1e9];
            let changed = *random.pick(&changed);
            // Whole numbers stay what they are: most fields take nothing else.
            *value = if changed.fract() == 0.0 && changed.abs() < 1e18 {
                json!(changed as i64)
            } else {
                json!(changed)
            };
        }
        _ => *value = strange(random),
    }
}

fn change_fields(fields: &mut Map<String, Value>, other: Value, random: &mut Random) {
    let names: Vec<String> = fields.keys().cloned().collect();
    if names.is_empty() || random.chance(20) {
        let name = ["type", "", "$ref", "model", "a\0", "n"];
        fields.insert((*random.pick(&name)).to_owned(), other);
        return;
    }
    let name = random.pick(&names);
    let Some(removed) = fields.remove(name) else { return };
    match random.below(3) {
        0 => {}
        1 => drop(fields.insert(random.pick(&names).clone(), removed)),
        _ => {
            let renamed = String::from_utf8_lossy(&bytes(name.as_bytes(), &[], random)).into_owned();
            fields.insert(renamed, removed);
        }
    }
}

fn change_items(items: &mut Vec<Value>, other: Value, random: &mut Random) {
    if items.is_empty() || random.chance(20) {
        items.push(other);
        return;
    }
    let index = random.below(items.len());
    match random.below(3) {
        0 => drop(items.remove(index)),
        1 => items.insert(0, items[index].clone()),
        _ => {
            let copies = 1 + random.below(100);
            items.splice(index..index, vec![items[index].clone(); copies]);
        }
    }
}

/// Changes one to four places of a text or of any bytes; `words` are what readers of such bytes know.
pub fn bytes(input: &[u8], words: &[&str], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..1 + random.below(4) {
        let (start, end) = (random.below(bytes.len() + 1), random.below(bytes.len() + 1));
        let (start, end) = (start.min(end), start.max(end).min(start.min(end) + 64));
        match random.below(7) {
            0 if start < bytes.len() => bytes[start] ^= 1 << random.below(8),
            1 => bytes.insert(start, random.below(256) as u8),
            2 => drop(bytes.drain(start..end)),
            3 => drop(bytes.splice(start..start, bytes[start..end].to_vec())),
            4 => bytes.truncate(start),
            5 if !words.is_empty() => drop(bytes.splice(start..end, random.pick(words).bytes())),
            _ => {
                let many = bytes[start..end].repeat(1 + random.below(200));
                bytes.splice(start..start, many.into_iter().take(4_000));
            }
        }
    }
    bytes
}
