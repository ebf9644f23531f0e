//! Writes GGUF files, sound ones and others.

/// A file under construction.
#[derive(Clone, Default)]
pub struct GgufBuilder {
    /// Key, and type and value as they are written.
    entries: Vec<(String, Vec<u8>)>,
    tensors: Vec<Tensor>,
}

#[derive(Clone)]
struct Tensor {
    name: String,
    kind: u32,
    sizes: Vec<u64>,
    data: Vec<u8>,
}

const ALIGNMENT: usize = 32;

impl GgufBuilder {
    /// The key with this value, instead of the one that it has.
    pub fn set(&mut self, key: &str, value: impl GgufValue) -> &mut Self {
        self.remove(key);
        let mut bytes = Vec::new();
        value.write(&mut bytes);
        self.entries.push((key.to_owned(), bytes));
        self
    }

    pub fn remove(&mut self, key: &str) -> &mut Self {
        self.entries.retain(|(known, _)| known != key);
        self
    }

    /// A tensor of ggml's type of that number; sizes begin with the innermost.
    pub fn tensor(&mut self, name: &str, kind: u32, sizes: &[u64], data: Vec<u8>) -> &mut Self {
        self.tensors.push(Tensor { name: name.to_owned(), kind, sizes: sizes.to_vec(), data });
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        3u32.put(&mut bytes);
        (self.tensors.len() as u64).put(&mut bytes);
        (self.entries.len() as u64).put(&mut bytes);
        for (key, value) in &self.entries {
            key.as_str().put(&mut bytes);
            bytes.extend(value);
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            tensor.name.as_str().put(&mut bytes);
            (tensor.sizes.len() as u32).put(&mut bytes);
            tensor.sizes.iter().for_each(|size| size.put(&mut bytes));
            tensor.kind.put(&mut bytes);
            (offset as u64).put(&mut bytes);
            offset = (offset + tensor.data.len()).next_multiple_of(ALIGNMENT);
        }
        for tensor in &self.tensors {
            bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
            bytes.extend(&tensor.data);
        }
        bytes
    }
}

/// A value that metadata may have.
pub trait GgufValue {
    /// Its type, and itself.
    fn write(&self, bytes: &mut Vec<u8>);
}

trait Element {
    const TYPE: u32;
    fn put(&self, bytes: &mut Vec<u8>);
}

macro_rules! number {
    ($type:ty, $number:literal) => {
        impl Element for $type {
            const TYPE: u32 = $number;
            fn put(&self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        }
    };
}

number!(u8, 0);
number!(u16, 2);
number!(u32, 4);
number!(i32, 5);
number!(f32, 6);
number!(u64, 10);
number!(f64, 12);

impl Element for bool {
    const TYPE: u32 = 7;
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }
}

impl Element for &str {
    const TYPE: u32 = 8;
    fn put(&self, bytes: &mut Vec<u8>) {
        (self.len() as u64).put(bytes);
        bytes.extend(self.bytes());
    }
}

impl<E: Element> GgufValue for E {
    fn write(&self, bytes: &mut Vec<u8>) {
        E::TYPE.put(bytes);
        self.put(bytes);
    }
}

impl<E: Element> GgufValue for &[E] {
    fn write(&self, bytes: &mut Vec<u8>) {
        9u32.put(bytes);
        E::TYPE.put(bytes);
        (self.len() as u64).put(bytes);
        self.iter().for_each(|element| element.put(bytes));
    }
}
