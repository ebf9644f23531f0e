use bytemuck::Pod;
use conduit_backend::DType;
use half::{bf16, f16};

use super::place::{Memory, place};
use crate::host::HostFault;
use crate::{Geometry, Launch, StepAddresses, StepHeader, Tensor};

const MOST_COMPARED_BYTES: usize = 4 << 20;

/// A step's inputs and the tensors of a test, where [`place`] says.
pub struct Device {
    max_tokens: u32,
    max_rows: u32,
    step: StepAddresses,
    memories: Vec<Memory>,
    runs: u64,
}

impl Device {
    /// A device whose step has `tokens` of at most `max_tokens` tokens, and `rows` rows of logits.
    pub fn new(tokens: u32, max_tokens: u32, rows: u32, max_rows: u32) -> Self {
        let header = StepHeader { tokens, rows, ..StepHeader::default() };
        let step = StepAddresses {
            header: 0,
            tokens: 0,
            positions: 0,
            token_sequences: 0,
            sequences: 0,
            block_tables: 0,
            logit_tokens: 0,
            hidden_tokens: 0,
        };
        let mut device = Self { max_tokens, max_rows, step, memories: Vec::new(), runs: 0 };
        device.step.header = device.upload(&[header]);
        device
    }

    /// Puts the step's other inputs in place: `device.set_step(|step, device| step.tokens = device.upload(&ids))`.
    pub fn set_step(&mut self, change: impl FnOnce(&mut StepAddresses, &mut Self)) {
        let mut step = self.step;
        change(&mut step, self);
        self.step = step;
    }

    pub fn step(&self) -> StepAddresses {
        self.step
    }

    pub fn geometry(&self) -> Geometry {
        Geometry {
            multiprocessors: place().multiprocessors(),
            shared_bytes_per_block: place().shared_bytes_per_block(),
            deterministic: false,
            max_tokens: self.max_tokens,
            max_rows: self.max_rows,
            max_sequences: self.max_tokens,
        }
    }

    /// Copies values to the device and returns their address.
    pub fn upload<T: Pod>(&mut self, values: &[T]) -> u64 {
        let mut memory = Memory::new(size_of_val(values));
        memory.as_mut_slice::<T>().copy_from_slice(values);
        self.keep(memory)
    }

    /// Memory that nothing has written, as NaN patterns.
    pub fn allocate(&mut self, bytes: usize) -> u64 {
        self.keep(Memory::new(bytes))
    }

    fn keep(&mut self, memory: Memory) -> u64 {
        let address = memory.address();
        self.memories.push(memory);
        address
    }

    pub fn vector(&mut self, values: &[f32]) -> u64 {
        self.upload(values)
    }

    /// A matrix with these rows, NaN between `features` and the stride.
    pub fn tensor(&mut self, values: &[f32], features: u32, dtype: DType) -> Tensor {
        let rows = values.len() / features as usize;
        let mut tensor = Tensor::new(0, dtype, features);
        tensor.address = self.allocate(tensor.bytes(rows as u32) as usize);
        for (row, values) in values.chunks_exact(features as usize).enumerate() {
            self.write_row(tensor, row, values);
        }
        tensor
    }

    /// As [`Device::tensor`], with zeros between `features` and the stride, as linears rely on.
    pub fn padded_tensor(&mut self, values: &[f32], features: u32, dtype: DType) -> Tensor {
        let tensor = self.tensor(&[], features, dtype);
        let stride = tensor.stride as usize;
        let mut padded = Vec::new();
        for row in values.chunks_exact(features as usize) {
            padded.extend_from_slice(row);
            padded.resize(padded.len().next_multiple_of(stride), 0.0);
        }
        let whole = self.tensor(&padded, tensor.stride, dtype);
        Tensor { features, ..whole }
    }

    /// A result of up to as many rows as the step may have tokens or rows, and one more, all NaN.
    pub fn output(&mut self, features: u32, dtype: DType) -> Tensor {
        let mut tensor = Tensor::new(0, dtype, features);
        tensor.address = self.allocate(tensor.bytes(self.max_tokens.max(self.max_rows) + 1) as usize);
        tensor
    }

    fn write_row(&mut self, tensor: Tensor, row: usize, values: &[f32]) {
        let start = row * tensor.stride as usize;
        let memory = self.memories.iter_mut().find(|memory| memory.address() == tensor.address).unwrap();
        match tensor.dtype {
            DType::F32 => memory.as_mut_slice::<f32>()[start..][..values.len()].copy_from_slice(values),
            DType::F16 => {
                for (place, value) in memory.as_mut_slice::<f16>()[start..].iter_mut().zip(values) {
                    *place = f16::from_f32(*value);
                }
            }
            DType::BF16 => {
                for (place, value) in memory.as_mut_slice::<bf16>()[start..].iter_mut().zip(values) {
                    *place = bf16::from_f32(*value);
                }
            }
        }
    }

    /// What lies at an address that this device gave out.
    pub fn read<T: Pod>(&self, address: u64) -> &[T] {
        self.memories.iter().find(|memory| memory.address() == address).unwrap().as_slice()
    }

    fn stored_row(&self, tensor: Tensor, row: usize) -> Vec<f32> {
        let range = row * tensor.stride as usize..(row + 1) * tensor.stride as usize;
        match tensor.dtype {
            DType::F32 => self.read::<f32>(tensor.address)[range].to_vec(),
            DType::F16 => {
                self.read::<f16>(tensor.address)[range].iter().map(|value| value.to_f32()).collect()
            }
            DType::BF16 => {
                self.read::<bf16>(tensor.address)[range].iter().map(|value| value.to_f32()).collect()
            }
        }
    }

    pub fn row(&self, tensor: Tensor, row: usize) -> Vec<f32> {
        let mut values = self.stored_row(tensor, row);
        values.truncate(tensor.features as usize);
        values
    }

    #[track_caller]
    pub fn assert_padding_is_zero(&self, tensor: Tensor, rows: usize, what: &str) {
        for row in 0..rows {
            let padding = &self.stored_row(tensor, row)[tensor.features as usize..];
            assert!(padding.iter().all(|value| *value == 0.0), "{what}: row {row} ends in {padding:?}");
        }
    }

    /// Nothing was written from `row` on.
    #[track_caller]
    pub fn assert_untouched_from(&self, tensor: Tensor, row: usize, what: &str) {
        let start = tensor.bytes(row as u32) as usize;
        let rest = &self.read::<u8>(tensor.address)[start..];
        assert!(rest.iter().all(|byte| *byte == 0xFF), "{what}: written beyond row {row}");
    }

    /// Runs a launch, each time with another order of blocks and warps; where there is not much memory, once more with yet another
    /// one, which must give the same bits.
    ///
    /// # Panics
    /// Where the launch fails or its bits depend on the order.
    #[track_caller]
    pub fn run(&mut self, launch: &Launch) {
        let before = self.contents();
        self.try_run(launch).unwrap_or_else(|fault| panic!("{fault}"));
        if let Some(before) = before {
            let first = self.contents();
            self.restore(&before);
            self.try_run(launch).unwrap_or_else(|fault| panic!("{fault}"));
            assert!(
                self.contents() == first,
                "the bits of {} depend on the order of its warps",
                launch.kernel
            );
        }
    }

    /// Runs a launch once.
    pub fn try_run(&mut self, launch: &Launch) -> Result<(), HostFault> {
        self.runs += 1;
        // SAFETY: tests give launches the addresses of this device's memories.
        unsafe { place().run(launch, &mut self.memories, self.runs) }
    }

    /// All bytes of all memories, where they are few.
    fn contents(&self) -> Option<Vec<Vec<u8>>> {
        let bytes: usize = self.memories.iter().map(|memory| memory.as_slice::<u8>().len()).sum();
        (bytes <= MOST_COMPARED_BYTES)
            .then(|| self.memories.iter().map(|memory| memory.as_slice::<u8>().to_vec()).collect())
    }

    fn restore(&mut self, contents: &[Vec<u8>]) {
        for (memory, bytes) in self.memories.iter_mut().zip(contents) {
            memory.as_mut_slice::<u8>().copy_from_slice(bytes);
        }
    }
}
