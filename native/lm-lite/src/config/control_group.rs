use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where control groups are mounted.
const MOUNT: &str = "/sys/fs/cgroup";

/// What a version of control groups calls its files.
#[derive(Clone, Copy)]
struct Names {
    limit: &'static str,
    used: &'static str,
    /// Row of `memory.stat` with the file cache that goes before anything is killed.
    reclaimable: &'static str,
}

const VERSION_1: Names = Names {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
};
const VERSION_2: Names = Names { limit: "memory.max", used: "memory.current", reclaimable: "inactive_file" };

/// Bytes that this process can still take before a control group of it, of either version, is full; `None` where none has a limit.
pub(super) fn control_group_available() -> Option<u64> {
    available_below(Path::new(MOUNT), &fs::read_to_string("/proc/self/cgroup").ok()?)
}

/// `membership` is as `/proc/self/cgroup` has it: `<id>:<controllers>:<path>`.
fn available_below(mount: &Path, membership: &str) -> Option<u64> {
    let lines = membership.lines().filter_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        match controllers {
            "" => Some((mount.to_owned(), path, VERSION_2)),
            _ if controllers.split(',').any(|name| name == "memory") => {
                Some((mount.join("memory"), path, VERSION_1))
            }
            _ => None,
        }
    });
    lines.flat_map(|(root, path, names)| group_available(&root, path, names)).min()
}

/// What the group has left, and what each of those that it is in has.
fn group_available(root: &Path, path: &str, names: Names) -> Vec<u64> {
    // A container sees its own group as the root, and may be told the path that the machine knows that by.
    let parts = Path::new(path).components().filter(|part| !matches!(part, Component::RootDir));
    let mut folder = root.to_owned();
    let mut folders = vec![folder.clone()];
    for part in parts.take_while(|part| matches!(part, Component::Normal(_))) {
        folder.push(part);
        folders.push(folder.clone());
    }
    folders.into_iter().filter_map(|folder| folder_available(&folder, names)).collect()
}

fn folder_available(folder: &Path, names: Names) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(PathBuf::from(folder).join(name)).ok();
    let number = |name: &str| read(name)?.trim().parse::<u64>().ok();
    let statistics = read("memory.stat").unwrap_or_default();
    let reclaimable = statistics.lines().find_map(|line| {
        let (name, value) = line.split_once(' ')?;
        (name == names.reclaimable).then(|| value.trim().parse::<u64>().ok())?
    });
    let kept = number(names.used)?.saturating_sub(reclaimable.unwrap_or(0));
    Some(number(names.limit)?.saturating_sub(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, content) in files {
            fs::write(folder.join(name), content).unwrap();
        }
    }

    #[test]
    fn the_tightest_of_nested_groups_of_version_2_counts() {
        let root = tempfile::tempdir().unwrap();
        let mount = root.path();
        let (outer, inner) = (mount.join("outer"), mount.join("outer/inner"));
        group(&outer, &[("memory.max", "1000\n"), ("memory.current", "400\n")]);
        group(&inner, &[("memory.max", "max\n"), ("memory.current", "300\n")]);
        let stat = "anon 100\ninactive_file 150\nactive_file 50\n";
        group(&outer, &[("memory.stat", stat)]);
        assert_eq!(available_below(mount, "0::/outer/inner\n"), Some(750));
        group(&inner, &[("memory.max", "500\n")]);
        assert_eq!(available_below(mount, "0::/outer/inner\n"), Some(200));
        assert_eq!(available_below(mount, "0::/\n"), None);
        assert_eq!(available_below(mount, "0::/../elsewhere\n"), None);
    }

    #[test]
    fn a_container_of_version_1_is_told_a_path_that_it_does_not_see() {
        let root = tempfile::tempdir().unwrap();
        let memory = root.path().join("memory");
        let files = [("memory.limit_in_bytes", "2000"), ("memory.usage_in_bytes", "900")];
        group(&memory, &files);
        group(&memory, &[("memory.stat", "inactive_file 1\ntotal_inactive_file 400\n")]);
        let membership = "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n0::/docker/ab\n";
        assert_eq!(available_below(root.path(), membership), Some(1500));
        // More is used than is allowed while the system reclaims.
        group(&memory, &[("memory.usage_in_bytes", "9000")]);
        assert_eq!(available_below(root.path(), membership), Some(0));
    }

    #[test]
    fn what_is_not_there_has_no_limit() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(available_below(root.path(), "0::/a\n4:memory:/b\n"), None);
        assert_eq!(available_below(root.path(), "nonsense\n"), None);
    }
}
