use super::Family;
use crate::error::Result;
use crate::fields::Fields;

/// Experts, which some layers have instead of one feed-forward network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixture {
    pub experts: usize,
    /// How many of them a token goes through.
    pub chosen: usize,
    /// Features between the two layers of an expert.
    pub intermediate_size: usize,
    /// Whether the weights of those that a token goes through are brought to a sum of 1.
    pub normalized: bool,
    /// For each layer of the decoder whether it has experts.
    pub layers: Vec<bool>,
}

impl Mixture {
    /// `None` where no layer has experts.
    pub(super) fn read(config: &Fields, family: Family, layers: usize) -> Result<Option<Self>> {
        match family {
            Family::Qwen3Moe => {
                let intermediate_size = config.size("moe_intermediate_size")?.unwrap_or(768);
                let normalized = config.bool("norm_topk_prob")?.unwrap_or(false);
                let layers = read_sparse_layers(config, layers)?;
                let (experts, chosen) = read_counts(config, 128, 8)?;
                Ok(Some(Self { experts, chosen, intermediate_size, normalized, layers }))
            }
            Family::Mixtral => {
                let intermediate_size = config.required_size("intermediate_size")?;
                let (experts, chosen) = read_counts(config, 8, 2)?;
                let layers = vec![true; layers];
                Ok(Some(Self { experts, chosen, intermediate_size, normalized: true, layers }))
            }
            _ => Ok(None),
        }
    }
}

/// How many experts there are, and how many a token goes through. transformers reads either name of the first.
fn read_counts(config: &Fields, default: usize, default_chosen: usize) -> Result<(usize, usize)> {
    const CHOSEN: &str = "num_experts_per_tok";
    let experts = config.size("num_experts")?.or(config.size("num_local_experts")?).unwrap_or(default);
    let chosen = config.size(CHOSEN)?.unwrap_or(default_chosen);
    if chosen > experts {
        return Err(config.invalid(CHOSEN, format!("{chosen} of {experts} experts")));
    }
    Ok((experts, chosen))
}

/// Every `decoder_sparse_step`-th layer has experts, but for those of `mlp_only_layers`.
fn read_sparse_layers(config: &Fields, layers: usize) -> Result<Vec<bool>> {
    const DENSE: &str = "mlp_only_layers";
    let step = config.count("decoder_sparse_step", 1)?.unwrap_or(1);
    let mut sparse: Vec<_> = (1..=layers).map(|number| number.is_multiple_of(step)).collect();
    for index in config.array(DENSE)?.unwrap_or_default() {
        let invalid = || config.invalid(DENSE, format!("expected indices of {layers} layers, found {index}"));
        let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
        *index.and_then(|index| sparse.get_mut(index)).ok_or_else(invalid)? = false;
    }
    Ok(sparse)
}
