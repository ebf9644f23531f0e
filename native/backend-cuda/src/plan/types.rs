use conduit_backend::recording::{Operation, Recording, Region};
use conduit_backend::{BackendError, DType, Result};

use crate::CudaBackend;
use crate::driver::Driver;

/// The element type of each region, by id: who reads it decides. A linear layer reads what its weights are, everything else
/// reads f32.
///
/// # Errors
/// `Unsupported` where two that read a region disagree, or its writer cannot write the type.
pub(super) fn element_types<D: Driver>(recording: &Recording<CudaBackend<D>>) -> Result<Vec<DType>> {
    let mut types = Types { read: vec![None; recording.regions.len()] };
    for operation in &recording.operations {
        match operation {
            Operation::Linear { x, weight, .. } | Operation::Logits { x, head: weight, .. } => {
                types.read(*x, weight.0.weight.dtype)?;
            }
            Operation::Norm { x, .. } | Operation::GatherRows { x, .. } | Operation::Hidden { x, .. } => {
                types.read(*x, DType::F32)?;
            }
            Operation::AddNorm { residual, delta, .. } | Operation::Add { residual, delta } => {
                types.read(*residual, DType::F32)?;
                types.read(*delta, DType::F32)?;
            }
            Operation::RotateAndCache { qkv, table, .. } => {
                types.read(*qkv, DType::F32)?;
                types.read(*table, DType::F32)?;
            }
            Operation::Attention { queries, .. } => types.read(*queries, DType::F32)?,
            Operation::Gated { gate_up, .. } => types.read(*gate_up, DType::F32)?,
            // Experts were refused before.
            Operation::Embed { .. } | Operation::RotaryTable { .. } | Operation::Experts { .. } => {}
        }
    }
    let types: Vec<_> = types.read.into_iter().map(|dtype| dtype.unwrap_or(DType::F32)).collect();
    for operation in &recording.operations {
        if let Operation::Embed { output, .. }
        | Operation::Linear { output, .. }
        | Operation::GatherRows { output, .. } = operation
        {
            let dtype = types[output.id];
            if dtype != DType::F32 {
                let what = format!("a linear layer that reads as {} what is written as f32", dtype.name());
                return Err(BackendError::Unsupported(what));
            }
        }
    }
    Ok(types)
}

struct Types {
    read: Vec<Option<DType>>,
}

impl Types {
    fn read(&mut self, region: Region, dtype: DType) -> Result<()> {
        let known = *self.read[region.id].get_or_insert(dtype);
        if known == dtype {
            return Ok(());
        }
        let what = format!("an activation that is read both as {} and as {}", known.name(), dtype.name());
        Err(BackendError::Unsupported(what))
    }
}
