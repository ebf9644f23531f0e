/// What one kernel takes on one architecture, as ptxas tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resources {
    pub kernel: String,
    /// Such as `sm_80`.
    pub architecture: String,
    /// Of one thread.
    pub registers: u32,
    /// Static shared memory of one block.
    pub shared_bytes: u32,
    /// Local memory of one thread that is addressed.
    pub stack_bytes: u32,
    /// Stores and loads of registers that did not suffice.
    pub spill_bytes: u32,
}

/// Reads the log of `ptxas --verbose`.
pub fn parse(log: &str) -> Vec<Resources> {
    let mut all = Vec::new();
    let mut current: Option<Resources> = None;
    let mut is_of_entry = false;
    for line in log.lines() {
        if line.contains("Compiling entry function") {
            let mut quoted = line.split('\'').skip(1).step_by(2).map(str::to_owned);
            let (kernel, architecture) =
                (quoted.next().unwrap_or_default(), quoted.next().unwrap_or_default());
            current = Some(Resources { kernel, architecture, ..Resources::default() });
        }
        let Some(resources) = &mut current else { continue };
        if let Some((_, function)) = line.split_once("Function properties for ") {
            is_of_entry = function.trim() == resources.kernel;
        } else if line.contains("bytes stack frame") {
            // Functions that were not inlined have lines of their own; what they spill is spilled all the same.
            let spilled = before(line, " bytes spill stores") + before(line, " bytes spill loads");
            resources.spill_bytes += spilled;
            if is_of_entry {
                resources.stack_bytes = before(line, " bytes stack frame");
            }
        } else if line.contains(": Used ") {
            resources.registers = before(line, " registers");
            resources.shared_bytes = before(line, " bytes smem");
            all.extend(current.take());
        }
    }
    all.sort();
    all
}

/// The number right before a text; 0 where the text is not there.
fn before(line: &str, text: &str) -> u32 {
    let Some(end) = line.find(text) else { return 0 };
    let start = line[..end].rfind(|character: char| !character.is_ascii_digit()).map_or(0, |at| at + 1);
    line[start..end].parse().unwrap_or(0)
}
