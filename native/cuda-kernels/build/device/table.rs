use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use super::FatBinary;
use super::resources::{Resources, parse};

/// Writes what the crate includes: `device.rs` and `resources.tsv`.
pub fn write(output: &Path, nvcc_version: Option<&str>, fat_binaries: &[FatBinary]) -> io::Result<()> {
    let mut rows: Vec<Resources> = Vec::new();
    let mut code = format!("const NVCC: Option<&str> = {nvcc_version:?};\n");
    code.push_str("static EMBEDDED: &[FatBinary] = &[\n");
    for FatBinary { name, path, log } in fat_binaries {
        let resources = parse(log);
        let kernels: BTreeSet<_> = resources.iter().map(|row| row.kernel.as_str()).collect();
        let kernels: Vec<_> = kernels.into_iter().collect();
        writeln!(
            code,
            "    FatBinary {{ name: {name:?}, bytes: &Aligned(*include_bytes!({path:?})).0, kernels: &{kernels:?} }},"
        )
        .map_err(io::Error::other)?;
        rows.extend(resources);
    }
    code.push_str("];\n");
    rows.sort();
    let mut table = String::from("kernel\tarchitecture\tregisters\tshared_bytes\tstack_bytes\tspill_bytes\n");
    for Resources { kernel, architecture, registers, shared_bytes, stack_bytes, spill_bytes } in rows {
        writeln!(
            table,
            "{kernel}\t{architecture}\t{registers}\t{shared_bytes}\t{stack_bytes}\t{spill_bytes}"
        )
        .map_err(io::Error::other)?;
    }
    fs::write(output.join("device.rs"), code)?;
    fs::write(output.join("resources.tsv"), table)
}
