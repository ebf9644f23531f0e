//! What the kernels take of a device, as it is committed: a change to a kernel shows what it costs.

use std::path::Path;
use std::{env, fs};

use conduit_cuda_kernels::device::{ARCHITECTURES, fat_binaries, nvcc_version, resource_table};

/// The compiler that the committed table is of: another one allocates registers otherwise.
const NVCC: &str = "13.0.88";

/// Environment variable: where it is set, the committed table is written anew.
const UPDATE_VARIABLE: &str = "CONDUIT_UPDATE_RESOURCES";

#[test]
fn nothing_spills_and_the_table_is_the_committed_one() {
    let Some(version) = nvcc_version() else {
        println!("skipped: there was no nvcc when this was built");
        return;
    };
    let table = resource_table();
    let (header, rows) = table.split_once('\n').unwrap();
    let spills = header.split('\t').position(|column| column == "spill_bytes").unwrap();
    let spilling: Vec<_> = rows.lines().filter(|row| row.split('\t').nth(spills) != Some("0")).collect();
    assert!(spilling.is_empty(), "registers do not suffice:\n{}", spilling.join("\n"));

    let kernels: usize = fat_binaries().iter().map(|fat_binary| fat_binary.kernels.len()).sum();
    let is_whole = rows.lines().count() == kernels * ARCHITECTURES.len();
    if version != NVCC || !is_whole {
        println!(
            "not compared: the table is of nvcc {NVCC} and of all architectures, this build of {version}"
        );
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("resources.tsv");
    if env::var_os(UPDATE_VARIABLE).is_some() {
        fs::write(&path, table).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differences: Vec<_> =
        rows.lines().filter(|row| !committed.lines().any(|known| known == *row)).collect();
    assert!(
        committed == table,
        "resources.tsv differs in {} rows; see what changed, and write it anew with {UPDATE_VARIABLE}=1:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
